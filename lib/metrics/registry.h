// Metrics for Prometheus: made once at start, moved from any thread, shown as
// text. Handles are small and copyable and live as long as their registry; a
// default-made one does nothing. Labels come from closed sets only, and every
// series is made at start so that it stands at 0 before its first event.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace vexaa::metrics {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  Counter() = default;
  explicit Counter(prometheus::Counter& counter) : counter_(&counter) {}
  // A negative amount is ignored.
  void Add(double amount = 1) const;
  double value() const;

 private:
  prometheus::Counter* counter_ = nullptr;
};

class Gauge {
 public:
  Gauge() = default;
  explicit Gauge(prometheus::Gauge& gauge) : gauge_(&gauge) {}
  void Set(double value) const;
  void Add(double amount) const;
  double value() const;

 private:
  prometheus::Gauge* gauge_ = nullptr;
};

class Histogram {
 public:
  Histogram() = default;
  explicit Histogram(prometheus::Histogram& histogram)
      : histogram_(&histogram) {}
  void Observe(double value) const;

 private:
  prometheus::Histogram* histogram_ = nullptr;
};

// One counter per value of one label.
class CounterSet {
 public:
  CounterSet() = default;
  explicit CounterSet(std::map<std::string, Counter, std::less<>> counters)
      : counters_(std::move(counters)) {}
  // A value that was not named at start has a counter that does nothing.
  Counter At(std::string_view value) const;

 private:
  std::map<std::string, Counter, std::less<>> counters_;
};

// The same for gauges.
class GaugeSet {
 public:
  GaugeSet() = default;
  explicit GaugeSet(std::map<std::string, Gauge, std::less<>> gauges)
      : gauges_(std::move(gauges)) {}
  Gauge At(std::string_view value) const;

 private:
  std::map<std::string, Gauge, std::less<>> gauges_;
};

class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // The same name may be added again with other labels, never as another kind
  // (std::invalid_argument: a bug, seen at start).
  Counter AddCounter(const std::string& name, const std::string& help,
                     const Labels& labels = {});
  Gauge AddGauge(const std::string& name, const std::string& help,
                 const Labels& labels = {});
  // `buckets`: the upper bounds, rising.
  Histogram AddHistogram(const std::string& name, const std::string& help,
                         const std::vector<double>& buckets,
                         const Labels& labels = {});
  CounterSet AddCounters(const std::string& name, const std::string& help,
                         const std::string& label,
                         const std::vector<std::string>& values);
  GaugeSet AddGauges(const std::string& name, const std::string& help,
                     const std::string& label,
                     const std::vector<std::string>& values);

  // Everything, and process_*, in the text format 0.0.4.
  std::string Text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vexaa::metrics

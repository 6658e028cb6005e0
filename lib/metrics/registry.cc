#include "lib/metrics/registry.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <utility>

#include "lib/metrics/process_stats.h"

namespace vexaa::metrics {
namespace {

// A backslash or line break in a HELP line breaks the whole scrape.
std::string OneLine(std::string help) {
  std::replace_if(
      help.begin(), help.end(), [](char c) { return c == '\\' || c == '\n'; },
      ' ');
  return help;
}

prometheus::MetricFamily Single(const char* name, const char* help,
                                prometheus::MetricType type, double value) {
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  return {name, help, type, {metric}};
}

std::vector<prometheus::MetricFamily> ProcessFamilies() {
  using Type = prometheus::MetricType;
  const ProcessStats stats = ReadProcessStats();
  return {
      Single("process_cpu_seconds_total", "CPU time used.", Type::Counter,
             stats.cpu_seconds),
      Single("process_resident_memory_bytes", "Memory held in RAM.",
             Type::Gauge, stats.resident_bytes),
      Single("process_virtual_memory_bytes", "Address space.", Type::Gauge,
             stats.virtual_bytes),
      Single("process_open_fds", "Open file descriptors.", Type::Gauge,
             stats.open_fds),
      Single("process_threads", "Threads.", Type::Gauge, stats.threads),
      Single("process_start_time_seconds", "Start, in Unix time.", Type::Gauge,
             stats.start_time_seconds),
  };
}

}  // namespace

struct Registry::Impl {
  prometheus::Registry registry;
};

void Counter::Add(double amount) const {
  if (counter_ != nullptr && amount > 0) counter_->Increment(amount);
}

double Counter::value() const {
  return counter_ == nullptr ? 0 : counter_->Value();
}

void Gauge::Set(double value) const {
  if (gauge_ != nullptr) gauge_->Set(value);
}

void Gauge::Add(double amount) const {
  if (gauge_ != nullptr) gauge_->Increment(amount);
}

double Gauge::value() const { return gauge_ == nullptr ? 0 : gauge_->Value(); }

void Histogram::Observe(double value) const {
  if (histogram_ != nullptr) histogram_->Observe(value);
}

Counter CounterSet::At(std::string_view value) const {
  const auto found = counters_.find(value);
  return found == counters_.end() ? Counter() : found->second;
}

Gauge GaugeSet::At(std::string_view value) const {
  const auto found = gauges_.find(value);
  return found == gauges_.end() ? Gauge() : found->second;
}

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Counter Registry::AddCounter(const std::string& name, const std::string& help,
                             const Labels& labels) {
  return Counter(prometheus::BuildCounter()
                     .Name(name)
                     .Help(OneLine(help))
                     .Register(impl_->registry)
                     .Add(labels));
}

Gauge Registry::AddGauge(const std::string& name, const std::string& help,
                         const Labels& labels) {
  return Gauge(prometheus::BuildGauge()
                   .Name(name)
                   .Help(OneLine(help))
                   .Register(impl_->registry)
                   .Add(labels));
}

Histogram Registry::AddHistogram(const std::string& name,
                                 const std::string& help,
                                 const std::vector<double>& buckets,
                                 const Labels& labels) {
  return Histogram(prometheus::BuildHistogram()
                       .Name(name)
                       .Help(OneLine(help))
                       .Register(impl_->registry)
                       .Add(labels, buckets));
}

CounterSet Registry::AddCounters(const std::string& name,
                                 const std::string& help,
                                 const std::string& label,
                                 const std::vector<std::string>& values) {
  std::map<std::string, Counter, std::less<>> counters;
  for (const std::string& value : values) {
    counters.emplace(value, AddCounter(name, help, {{label, value}}));
  }
  return CounterSet(std::move(counters));
}

GaugeSet Registry::AddGauges(const std::string& name, const std::string& help,
                             const std::string& label,
                             const std::vector<std::string>& values) {
  std::map<std::string, Gauge, std::less<>> gauges;
  for (const std::string& value : values) {
    gauges.emplace(value, AddGauge(name, help, {{label, value}}));
  }
  return GaugeSet(std::move(gauges));
}

std::string Registry::Text() const {
  std::vector<prometheus::MetricFamily> families = impl_->registry.Collect();
  for (auto& family : ProcessFamilies()) families.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace vexaa::metrics

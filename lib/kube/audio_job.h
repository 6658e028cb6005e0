// An AudioJob (vexaa.io/v1alpha1) as the controller sees it: the face of a job
// row in Kubernetes. Values only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vexaa::kube {

inline constexpr char kAudioJobApiVersion[] = "vexaa.io/v1alpha1";
inline constexpr char kAudioJobKind[] = "AudioJob";

// As in metav1.Condition.
struct Condition {
  std::string type;  // "Finished"
  bool is_true = false;
  std::string reason;  // one CamelCase word
  std::string message;
  std::string since;  // RFC 3339: of the last change of is_true
  bool operator==(const Condition&) const = default;
};

struct AudioJobStatus {
  std::string installation;  // the database that took it, a UUID
  uint64_t job_id = 0;       // of the row; 0: none yet
  std::string state;         // as in the row, "running"
  std::string reason;
  std::string message;
  int progress = 0;  // percent
  int attempts = 0;
  std::string pod_name;
  std::string output_uri;
  std::string started_at;   // RFC 3339, or empty
  std::string finished_at;  // likewise
  int64_t observed_generation = 0;
  std::string spec_digest;  // of the spec that was accepted, but for priority
  std::vector<Condition> conditions;
  bool operator==(const AudioJobStatus&) const = default;
};

struct AudioJob {
  std::string name;
  std::string uid;
  std::string resource_version;
  int64_t generation = 0;
  bool deleting = false;
  std::string spec;  // JSON object
  AudioJobStatus status;
};

}  // namespace vexaa::kube

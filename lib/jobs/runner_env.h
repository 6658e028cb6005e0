// The names by which a runner is told everything: environment variables that
// the controller sets in a pod or a process, and a person may set by hand.
#pragma once

namespace vexaa::jobs::env {

inline constexpr char kRunSpec[] = "VEXAA_RUN_SPEC";  // JSON, run_spec.h
// Where the outcome goes; /dev/termination-log in a pod.
inline constexpr char kOutcomeFile[] = "VEXAA_OUTCOME_FILE";
// Progress is POSTed here with `Authorization: Bearer <token>`.
inline constexpr char kProgressUrl[] = "VEXAA_PROGRESS_URL";
// host:port of the runner's own /metrics and /livez; port 0 takes any.
inline constexpr char kAdminAddress[] = "VEXAA_ADMIN_ADDRESS";
inline constexpr char kLogFormat[] = "VEXAA_LOG_FORMAT";
inline constexpr char kLogLevel[] = "VEXAA_LOG_LEVEL";
// The log ends quietly after so many bytes; 0: never.
inline constexpr char kLogLimitBytes[] = "VEXAA_LOG_LIMIT_BYTES";

// The object stores as JSON, with the keys of `stores` in a controller's
// configuration (lib/objects/store_config.h). By hand the usual AWS_* variables
// do instead.
inline constexpr char kStores[] = "VEXAA_STORES";
// By hand: "true" permits AWS_ENDPOINT_URL to be http://.
inline constexpr char kAllowHttp[] = "VEXAA_ALLOW_HTTP";

// Colon-separated absolute folders that file:// may touch.
inline constexpr char kFolderRoots[] = "VEXAA_FOLDER_ROOTS";

}  // namespace vexaa::jobs::env

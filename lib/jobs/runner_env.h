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

inline constexpr char kS3Endpoint[] = "VEXAA_S3_ENDPOINT";  // http[s]://host
inline constexpr char kS3Region[] = "VEXAA_S3_REGION";
// Comma-separated; no other bucket is ever asked for.
inline constexpr char kS3Buckets[] = "VEXAA_S3_BUCKETS";
inline constexpr char kS3CaFile[] = "VEXAA_S3_CA_FILE";
// Files that hold one credential each; they win over AWS_* variables.
inline constexpr char kS3AccessKeyFile[] = "VEXAA_S3_ACCESS_KEY_FILE";
inline constexpr char kS3SecretKeyFile[] = "VEXAA_S3_SECRET_KEY_FILE";
inline constexpr char kS3SessionTokenFile[] = "VEXAA_S3_SESSION_TOKEN_FILE";

// Colon-separated absolute folders that file:// may touch.
inline constexpr char kFolderRoots[] = "VEXAA_FOLDER_ROOTS";

}  // namespace vexaa::jobs::env

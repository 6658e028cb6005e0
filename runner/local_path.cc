#include "runner/local_path.h"

#include <filesystem>
#include <system_error>

#include "lib/jobs/location.h"
#include "lib/jobs/reason.h"

namespace vexaa::runner {
namespace {

namespace fs = std::filesystem;
using jobs::Location;

base::Status Wrong(std::string sentence) {
  return jobs::Fail(jobs::Reason::kInvalidJob, std::move(sentence));
}

base::Result<GivenPlace> FromUri(std::string_view text) {
  ASSIGN_OR_RETURN(Location location, jobs::ParseLocation(text));
  GivenPlace place{std::string(text), ""};
  if (location.kind == Location::Kind::kFile)
    place.root = fs::path(location.key).parent_path();
  return place;
}

// The file's own place when it exists, else that of its folder: stores follow
// no link, the person's shell does.
base::Result<fs::path> Resolve(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error))
    return Wrong("'" + path.string() + "' is a folder; name a file in it");
  fs::path real = fs::canonical(path, error);
  if (!error) return real;
  fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
  real = fs::canonical(folder, error);
  if (error || !fs::is_directory(real, error))
    return Wrong("there is no folder '" + folder.string() + "'; create it");
  return real / path.filename();
}

}  // namespace

base::Result<GivenPlace> ResolvePlace(std::string_view text) {
  if (text.find("://") != std::string_view::npos) return FromUri(text);
  const fs::path path(text);
  if (!path.has_filename())
    return Wrong("'" + path.string() + "' names no file");
  ASSIGN_OR_RETURN(fs::path real, Resolve(path));
  Location location{Location::Kind::kFile, "", real.string()};
  GivenPlace place{jobs::FormatLocation(location), real.parent_path()};
  base::Result<Location> checked = jobs::ParseLocation(place.uri);
  if (!checked.ok()) return checked.status();
  return place;
}

}  // namespace vexaa::runner

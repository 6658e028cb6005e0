// The object stores of one run, built from settings. Thread-safe once made.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/objects/open_stores.h"
#include "runner/settings.h"

namespace vexaa::runner {

class Stores {
 public:
  // `uris` are the places of this run: only stores they need are opened, and a
  // store given by hand serves their buckets alone. InvalidConfig: a setting is
  // missing or wrong. `clock` must outlive this.
  static base::Result<std::unique_ptr<Stores>> Create(
      const StoreSettings& settings, const std::vector<std::string>& uris,
      base::Clock& clock);

  // Errors name InvalidJob.
  base::Result<objects::Place> Find(std::string_view uri) const {
    return open_->set().Find(uri);
  }
  // Of any store.
  bool MayHaveUnknownUploads() const { return open_->MayHaveUnknownUploads(); }

 private:
  std::unique_ptr<objects::OpenStores> open_;
};

}  // namespace vexaa::runner

// The linter's look at one entry of a package list.
#pragma once

#include <string>

#include "base/observer.h"
#include "base/result.h"
#include "package/list/list.h"
#include "publish/package_list/findings.h"
#include "publish/package_list/stock.h"

namespace kerf::publish {

struct EntryContext {
  const std::string& folder;  // of the package list
  std::string place;          // the entry, for messages
  const Stock& stock;
  Findings findings;
  Observer* observer;
};

// Checks the entry itself, its package and its deltas; `deltas` counts those that were applied.
// Errors: Code::io, Code::cancelled.
Status lint_package(const package_list::Package& entry, const EntryContext& context,
                    std::size_t& deltas);

}  // namespace kerf::publish

// The order of steps in which packages are updated. Knows packages, versions, deltas and handlers;
// not where the wish to update came from. docs/updater.md draws the states.
//
// The rule behind the order: nothing that the device needs is touched before its replacement is
// complete, checked and durable; what is in the way afterwards is removed last; and every step can
// be done twice.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/fetch.h"
#include "agent/handlers.h"
#include "agent/report.h"
#include "agent/source_cache.h"
#include "agent/stage.h"
#include "agent/state.h"
#include "agent/update.h"

namespace kerf::agent {

struct EngineOptions {
  StageOptions stage;
  std::string state_file;
  std::string sources;         // folder of stored packages
  std::string boot;            // see boot.h
  std::string reboot_program;  // empty: someone else restarts the device
};

struct Summary {
  unsigned updated = 0;
  unsigned current = 0;  // had the wanted version
  unsigned removed = 0;
  unsigned failed = 0;
  std::optional<ResultCode> first_failure;
  bool reboot_due = false;  // the run has ended early: after the restart comes another
};

// Not thread-safe; the caller holds the lock of the device. Borrows everything it is given.
class Engine {
 public:
  // Reads the record of the device.
  static Result<Engine> open(EngineOptions options, Fetcher& fetcher, const Handlers& handlers,
                             Reporter& reporter);

  // Finishes what an earlier run had begun, and asks for a restart that is due. Comes before
  // everything else. True: the device must restart first.
  Result<bool> resume();

  // The version of a package that is installed, by the handler's word or else by the record;
  // nothing if it is not installed.
  Result<std::optional<std::string>> installed_version(const std::string& name,
                                                       const std::string& type);
  // The type that the record has for a package; empty if it has none.
  std::string installed_type(const std::string& name) const;

  // Brings the device to `updates`, in their order. A package that fails does not keep the others
  // from being updated. `complete`: packages that are not among them are removed in the end, if
  // nothing has failed. Errors of the device itself (the record cannot be written) end the run;
  // those of packages are reported as events and counted.
  Result<Summary> run(const std::vector<Update>& updates, bool complete);

  const State& state() const { return state_; }
  const Summary& summary() const { return summary_; }

 private:
  Engine(EngineOptions options, Fetcher& fetcher, const Handlers& handlers, Reporter& reporter,
         State state);
  void failed(const std::string& name, const std::string& version, const Error& error);
  Status update(const Update& update, const std::string& from, const std::string& type);
  Status install();
  Status retain();
  Status agree(const Update& wanted, const std::string& type);
  Status drop_source(const std::string& name);
  Status remove_unlisted(const std::vector<Update>& updates);
  Status ask_for_reboot();
  Status save() { return save_state(state_, options_.state_file); }

  EngineOptions options_;
  const Handlers* handlers_;
  Reporter* reporter_;
  SourceCache cache_;
  Stager stager_;
  State state_;
  std::map<std::string, std::optional<std::string>> asked_;  // what handlers have answered
  Summary summary_;
  std::set<std::string> failed_;  // packages whose installation failed in this run
};

}  // namespace kerf::agent

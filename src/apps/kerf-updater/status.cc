#include <cstdio>

#include "agent/state.h"
#include "apps/kerf-updater/commands.h"
#include "apps/kerf-updater/reporter.h"

namespace kerf::updater {

bool run(const Status& command) {
  Printer printer(command.manner);
  const auto state = agent::load_state(command.device.data + "/state.json");
  if (!state) {
    printer.event("error", agent::failure_fields(state.error()));
    return false;
  }
  for (const auto& [name, package] : state->installed) {
    printer.event("package", {{"name", name},
                              {"version", package.version},
                              {"type", package.type},
                              {"kept", package.source.has_value()}});
  }
  if (state->pending) {
    printer.event("pending", {{"name", state->pending->name},
                              {"version", state->pending->version},
                              {"from", state->pending->from_version}});
  }
  if (state->reboot_in) {
    printer.event("reboot_due", {});
  }
  return printer.printed();
}

}  // namespace kerf::updater

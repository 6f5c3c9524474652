// The commands of `kerf-updater`, each a plain description of what was asked and a function that
// does it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>

namespace kerf::updater {

struct Manner {
  bool quiet = false;  // say nothing but errors
  bool json = false;   // one JSON object a line on standard output
  bool progress = true;
};

// What a device is like: the same for every command, hence often in a configuration file.
struct Device {
  std::string data;     // folder: state, downloads, staging
  std::string sources;  // folder of stored packages; empty: data/diff-update-sources
  std::map<std::string, std::string> handlers;  // by type
  std::string zip_root;
  std::string reboot_program;
  std::string boot_id_file;
  std::optional<std::string> hardware_id;
  std::optional<std::string> device_key;  // empty text: an error, not "none"
  unsigned least_key_bits = 2048;
  std::string ca_file;
  std::string client_certificate;
  std::string client_key;
  bool https_only = false;
  bool accept_unchecked = false;
  std::uint64_t memory = 0;        // for applying a delta
  std::uint64_t max_download = 0;  // and for what a delta or a ZIP package makes
  unsigned attempts = 4;
  unsigned retry_wait_ms = 1000;
  unsigned timeout_seconds = 60;
  unsigned handler_seconds = 600;
  unsigned lock_seconds = 10;
};

struct Bootstrap {
  Manner manner;
  Device device;
  std::string where;
};

struct Run {
  Manner manner;
  Device device;
};

struct Check {
  Manner manner;
  Device device;
};

struct Status {
  Manner manner;
  Device device;
};

using Command = std::variant<Bootstrap, Run, Check, Status>;

// True: everything was done (exit code 0); a restart of the device may be due. False: something has
// failed, and has been told by an event.
bool run(const Bootstrap& command);
bool run(const Run& command);
bool run(const Check& command);
bool run(const Status& command);

}  // namespace kerf::updater

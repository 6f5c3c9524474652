// What kerf-pycom-sim can be told to do. Every command works on a state file and leaves it as it
// was when something is wrong with the command itself; what happens to the board is kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace kerf::pycom_sim {

// Given to init, or changed later by set.
struct Settings {
  std::optional<std::string> board;       // "8mb", "4mb": init only
  std::optional<std::string> mode;        // "stock", "kerf"
  std::optional<std::uint32_t> psram;     // bytes
  std::optional<bool> diff_update;        // DIFF_UPDATE_ENABLED
  std::optional<bool> encrypted;          // init only
  std::optional<std::string> public_key;  // path; empty: none
};

struct Download {
  std::string path;
  std::size_t chunk = 50;  // bytes a write, as the Pybytes class reads
  std::optional<std::size_t> drop_after;
};

// All return what a shell should see: true if the board did what was asked. Error: the command
// could not be carried out at all.
Result<bool> init(const std::string& state, const Settings& settings, const std::string& firmware,
                  const std::string& slot);
Result<bool> set(const std::string& state, const Settings& settings);
Result<bool> download(const std::string& state, const Download& what);
Result<bool> reset(const std::string& state);
Result<bool> power_off(const std::string& state);
Result<bool> power_cut_after(const std::string& state, std::uint64_t operations,
                             std::uint64_t seed);
Result<bool> repl(const std::string& state);
Result<bool> status(const std::string& state, bool json);
// `what`: "flash", "factory", "ota_0" (the image in it, or all of the slot), "boot_info".
Result<bool> dump(const std::string& state, const std::string& what, const std::string& path);

}  // namespace kerf::pycom_sim

#include "patch/vcdiff/profile.h"

namespace kerf::vcdiff {

namespace {

bool has_extension_of_xdelta3(const Survey& all) {
  return all.file.indicator != 0 || (!all.file.sdch && all.checksums > 0);
}

}  // namespace

std::string_view profile(const Survey& all, const Counts& counts) {
  if (all.file.sdch) {
    return "open-vcdiff";
  }
  if (has_extension_of_xdelta3(all)) {
    return "xdelta3";
  }
  if (all.target_windows > 0 || all.padded || counts.padded) {
    return "rfc3284";
  }
  return "updater";
}

namespace {

// What is in the file beyond the RFC and its common subset, in words; empty if nothing is.
std::string extension(const Survey& all) {
  if (all.file.sdch) {
    return "it is an SDCH file (version S)";
  }
  if (all.file.secondary != Secondary::none) {
    return "it names a secondary compressor";
  }
  if (all.file.app_header.length > 0 || all.file.indicator != 0) {
    return "it has an application header";
  }
  return all.checksums > 0 ? "its windows have xdelta3's checksums" : "";
}

std::string padding(const Survey& all, const Counts& counts) {
  return all.padded || counts.padded ? "numbers have leading zero digits" : "";
}

std::string target_windows(const Survey& all) {
  return all.target_windows > 0 ? "windows copy from the target (VCD_TARGET)" : "";
}

std::string no_window(const Survey& all) {
  return all.windows == 0 ? "it has no window" : "";
}

std::string large_window(const Survey& all, std::uint64_t most) {
  return all.largest_window > most
             ? "its windows have up to " + std::to_string(all.largest_window) + " bytes, " +
                   std::to_string(most) + " are taken"
             : "";
}

std::string first_of(std::initializer_list<std::string> obstacles) {
  for (const std::string& obstacle : obstacles) {
    if (!obstacle.empty()) {
      return obstacle;
    }
  }
  return {};
}

std::string secondary_is(const Survey& all, Secondary secondary, const char* obstacle) {
  return all.file.secondary == secondary ? obstacle : "";
}

constexpr const char* is_djw = "it names the secondary compressor DJW";
constexpr const char* is_fgk = "it names the secondary compressor FGK";

// xdelta3 wants a window, never reads the target, and recomputes the headers' lengths.
std::string xdelta3_obstacle(const Survey& all, std::uint64_t most) {
  return first_of({all.file.sdch ? extension(all) : "", no_window(all), target_windows(all),
                   all.padded ? padding(all, {}) : "", large_window(all, most)});
}

Verdict open_vcdiff(const Survey& all) {
  constexpr std::uint64_t default_most = std::uint64_t{64} << 20;
  constexpr std::uint64_t most = (std::uint64_t{1} << 31) - 1;
  std::string obstacle = all.file.sdch ? "" : extension(all);
  if (obstacle.empty() && (all.new_size > most || all.source_end > most)) {
    obstacle = "a file is above 2 GiB";
  }
  const bool ask = obstacle.empty() && all.new_size > default_most;
  return {ask ? "open-vcdiff with -max_target_file_size=" + std::to_string(all.new_size)
              : "open-vcdiff",
          std::move(obstacle)};
}

}  // namespace

std::vector<Verdict> judge(const Survey& all, const Counts& counts) {
  return {{"kerf", ""},
          {"Software Updater", first_of({extension(all), target_windows(all), padding(all, counts),
                                         large_window(all, most_old_xdelta3_window)})},
          {"xdelta3 3.0 and 3.1", xdelta3_obstacle(all, most_old_xdelta3_window)},
          {"xdelta3 3.2", first_of({secondary_is(all, Secondary::fgk, is_fgk),
                                    xdelta3_obstacle(all, most_window)})},
          open_vcdiff(all),
          {"HDiffPatch", first_of({no_window(all), secondary_is(all, Secondary::djw, is_djw),
                                   secondary_is(all, Secondary::fgk, is_fgk)})}};
}

}  // namespace kerf::vcdiff

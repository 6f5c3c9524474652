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

std::vector<std::string> appliers(const Survey& all, const Counts& counts) {
  std::vector<std::string> names{"kerf"};
  if (profile(all, counts) == "updater") {
    names.emplace_back("Software Updater");
  }
  // xdelta3 wants a window, never reads the target, and recomputes the headers' lengths.
  if (!all.file.sdch && all.windows > 0 && all.target_windows == 0 && !all.padded) {
    if (all.largest_window <= most_old_xdelta3_window) {
      names.emplace_back("xdelta3 3.0 and 3.1");
    }
    names.emplace_back("xdelta3 3.2");
  }
  if (!has_extension_of_xdelta3(all)) {
    constexpr std::uint64_t default_most = std::uint64_t{64} << 20;
    constexpr std::uint64_t most = (std::uint64_t{1} << 31) - 1;
    if (all.new_size <= default_most && all.source_end <= most) {
      names.emplace_back("open-vcdiff");
    } else if (all.new_size <= most && all.source_end <= most) {
      names.emplace_back("open-vcdiff with -max_target_file_size=" + std::to_string(all.new_size));
    }
  }
  if (all.windows > 0) {
    names.emplace_back("HDiffPatch");
  }
  return names;
}

}  // namespace kerf::vcdiff

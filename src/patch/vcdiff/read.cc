#include <algorithm>
#include <array>

#include "base/checked.h"
#include "patch/identity.h"
#include "patch/vcdiff/profile.h"
#include "patch/vcdiff/run.h"

namespace kerf::vcdiff {

namespace {

Status check_memory(const Survey& all, const Limits& limits) {
  const std::uint64_t wanted = all.largest_window + all.kept.length;
  if (wanted <= limits.memory && checked_cast<std::size_t>(wanted)) {
    return {};
  }
  return Error(Code::limit, "the largest target window takes " +
                                std::to_string(all.largest_window) + " bytes of memory, and " +
                                std::to_string(all.kept.length) +
                                " for windows that read the target; " +
                                std::to_string(limits.memory) + " are permitted");
}

PatchInfo describe(const Survey& all, const Counts& counts, std::uint64_t patch_size) {
  PatchInfo info;
  info.format = "VCDIFF";
  info.profile = profile(all, counts);
  info.patch_size = patch_size;
  info.new_size = all.new_size;
  info.memory = all.largest_window + all.kept.length + counts.unpacking_memory;
  info.min_old_size = all.source_end;
  for (Verdict& verdict : judge(all, counts)) {
    if (verdict.obstacle.empty()) {
      info.appliers.push_back(std::move(verdict.program));
    } else {
      info.refusers.emplace_back(std::move(verdict.program), std::move(verdict.obstacle));
    }
  }
  info.details = {{"windows", all.windows},
                  {"largest window", all.largest_window},
                  {"data section", all.section_bytes[0]},
                  {"instruction section", all.section_bytes[1]},
                  {"address section", all.section_bytes[2]},
                  {"adds", counts.adds},
                  {"added bytes", counts.add_bytes},
                  {"runs", counts.runs},
                  {"run bytes", counts.run_bytes},
                  {"source copies", counts.source_copies},
                  {"source bytes", counts.source_bytes},
                  {"target copies", counts.target_copies},
                  {"target bytes", counts.target_bytes}};
  const std::pair<std::string_view, std::uint64_t> rare[] = {
      {"application header", all.file.app_header.length},
      {"checksums", all.checksums},
      {"packed sections", all.packed_sections},
      {"interleaved windows", all.interleaved},
      {"windows from target", all.target_windows}};
  for (const auto& [name, number] : rare) {
    if (number > 0) {
      info.details.emplace_back(name, number);
    }
  }
  return info;
}

class VcdiffReader final : public PatchReader {
 public:
  explicit VcdiffReader(bool strict) : strict_(strict) {}
  std::string_view name() const override { return strict_ ? "vcdiff-updater" : "vcdiff"; }
  bool recognises(Bytes head) const override {
    return head.size() >= magic.size() && std::ranges::equal(head.first(magic.size()), magic);
  }

  Result<PatchInfo> info(const Source& patch, const Limits& limits) const override {
    BlockCache cache(patch);
    TRY_ASSIGN(const Survey all, survey(cache, strict_, limits));
    TRY(check_memory(all, limits));
    TRY_ASSIGN(const Counts counts,
               decode(cache, all, nullptr, nullptr,
                      {strict_, limits.memory - all.largest_window - all.kept.length, nullptr}));
    return describe(all, counts, patch.size());
  }

  Status apply(const Source& from, const Source& patch, Sink& to,
               const ApplyOptions& options) const override {
    if (!options.new_sha256) {
      return run(from, patch, strict_, options, to, nullptr);
    }
    HashingSink hashing(&to);
    TRY(run(from, patch, strict_, options, hashing, nullptr));
    return check_new(hashing.finish().sha256, std::nullopt, options);
  }

 private:
  bool strict_;
};

}  // namespace

Status run(const Source& from, const Source& patch, bool strict, const ApplyOptions& options,
           Sink& to, WindowVisitor* visitor) {
  BlockCache cache(patch);
  TRY_ASSIGN(const Survey all, survey(cache, strict, options.limits));
  TRY(check_memory(all, options.limits));
  if (all.source_end > from.size()) {
    return Error(Code::mismatch, "source segment ends at " + std::to_string(all.source_end) +
                                     ", the old file has " + std::to_string(from.size()) +
                                     " bytes: not the file this patch was made for")
        .at(all.source_end_at);
  }
  TRY(check_old(from, std::nullopt, options));
  TRY(decode(cache, all, &from, &to,
             {strict, options.limits.memory - all.largest_window - all.kept.length,
              options.observer, visitor}));
  return {};
}

const PatchReader& reader() {
  static const VcdiffReader instance(false);
  return instance;
}

const PatchReader& updater_reader() {
  static const VcdiffReader instance(true);
  return instance;
}

}  // namespace kerf::vcdiff

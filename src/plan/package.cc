#include "plan/package.h"

#include <algorithm>
#include <limits>
#include <map>

#include "io/copy.h"
#include "plan/carve.h"
#include "plan/choose.h"
#include "plan/lay_out.h"
#include "plan/unpack/scan.h"

namespace kerf::plan {

namespace {

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();
// Of lists of entries.
constexpr std::uint64_t scan_memory = std::uint64_t{1} << 30;
constexpr unsigned scan_depth = 8;
// From here on what is equal is taken out before the rest is compared, and there are no trials.
constexpr std::uint64_t large_content = std::uint64_t{32} << 20;
constexpr std::uint64_t least_equal_run = std::uint64_t{32} << 10;
constexpr std::uint64_t least_spared_run = 4096;
// Up to here a trial of the files as they are costs little.
constexpr std::uint64_t always_tried = std::uint64_t{8} << 20;

// The new content, place by place, from where its parts are made.
class NewContent {
 public:
  explicit NewContent(std::uint64_t size) : size_(size) {}

  // `at` of the new content is what stands at `offset` of `value`.
  void copy(std::uint32_t value, std::uint64_t offset, const Extent& at) {
    pieces_[at.offset] = {recipe::PieceKind::copy, value, {offset, at.length}, 0};
  }
  std::vector<Extent> missing() const {
    std::vector<Extent> there;
    for (const auto& [offset, piece] : pieces_) {
      there.push_back({offset, piece.range.length});
    }
    return outside(std::move(there), size_);
  }
  // All of it, front to back.
  std::vector<recipe::Piece> pieces() && {
    std::vector<recipe::Piece> all;
    for (const auto& [offset, piece] : pieces_) {
      all.push_back(piece);
    }
    return all;
  }

 private:
  std::uint64_t size_;
  std::map<std::uint64_t, recipe::Piece> pieces_;  // by offset in the new content
};

class Planner {
 public:
  Planner(Bytes from, Bytes to, const PackageOptions& options)
      : from_(from), to_(to), options_(options) {}

  Result<Plan> run() {
    const UnpackOptions unpacking{
        .limits = {no_limit, options_.device_memory, options_.most_layers_deep},
        .observer = options_.observer};
    TRY_ASSIGN(const UnpackedPair pair, unpack(from_, to_, unpacking));
    const bool packed = pair.new_file.layers.size() > 1 || pair.old_file.layers.size() > 1;
    TRY_ASSIGN(Plan best, unpacked(pair, true));
    const std::uint64_t work = pair.old_file.content().size() + pair.new_file.content().size();
    if (best.parts.size() > 1 && work <= large_content) {
      TRY_ASSIGN(Plan other, unpacked(pair, false));
      keep_smaller(std::move(other), best);
    }
    if (packed && (to_.size() <= always_tried || best.payload.size() > to_.size() / 2)) {
      TRY_ASSIGN(Plan other, whole());
      keep_smaller(std::move(other), best);
    }
    best.left = pair.new_file.left;
    return best;
  }

 private:
  static void keep_smaller(Plan other, Plan& best) {
    if (size_of(other) < size_of(best)) {
      best = std::move(other);
    }
  }
  static std::uint64_t size_of(const Plan& plan) {
    return plan.payload.size() + recipe::serialise(plan.recipe).size();
  }

  Plan begin() const {
    Plan plan;
    plan.recipe.sources.push_back({from_.size(), sha256(from_)});
    return plan;
  }

  // Both files as they are.
  Result<Plan> whole() {
    Plan plan = begin();
    TRY(add_patch(from_, 0, {0, from_.size()}, to_, {"", "whole file", 0, 0}, plan));
    plan.recipe.steps.back().sha256 = sha256(to_);
    return plan;
  }

  // By what both files hold; programs by themselves if `by_program`.
  Result<Plan> unpacked(const UnpackedPair& pair, bool by_program) {
    Plan plan = begin();
    plan.decoding = pair.old_file.decoding;
    for (const Layer& layer : pair.new_file.layers) {
      plan.streams += layer.streams.size();
    }
    Assembly assembly;
    if (by_program) {
      assembly.programs = find_programs(pair.old_file, pair.new_file);
    }
    if (pair.new_file.content().size() > large_content) {
      assembly.equal =
          spare_programs(find_equal_runs(pair.old_file, pair.new_file, least_equal_run),
                         assembly.programs, least_spared_run);
    }
    if (assembly.programs.empty() && assembly.equal.empty()) {
      TRY(at_once(pair, plan));
    } else {
      TRY(in_parts(pair, assembly, plan));
    }
    lay_out_packing(pair.new_file, plan.recipe);
    plan.recipe.steps.back().sha256 = sha256(to_);
    return plan;
  }

  // One patch for everything.
  Status at_once(const UnpackedPair& pair, Plan& plan) {
    const std::uint32_t base = lay_out_unpacking(pair.old_file, false, plan.recipe);
    const Bytes old_content = pair.old_file.content();
    return add_patch(old_content, base, {0, old_content.size()}, pair.new_file.content(),
                     {"", "rest", 0, 0}, plan);
  }

  struct Assembly {
    std::vector<ProgramPair> programs;
    std::vector<EqualRun> equal;
  };

  // Patches for programs and for the rest, put together with what is equal.
  Status in_parts(const UnpackedPair& pair, const Assembly& assembly, Plan& plan) {
    const Bytes old_content = pair.old_file.content();
    const Bytes new_content = pair.new_file.content();
    const std::uint32_t base = lay_out_unpacking(pair.old_file, true, plan.recipe);
    NewContent made(new_content.size());
    for (const EqualRun& run : assembly.equal) {
      made.copy(base, run.old_offset, {run.new_offset, run.length});
    }
    for (const ProgramPair& program : assembly.programs) {
      TRY(add_program(program, old_content, base, new_content, plan));
      for (const Placed& placed : place(*program.new_member)) {
        made.copy(last_value(plan.recipe), placed.offset, placed.at);
      }
    }
    const std::vector<Extent> rest = made.missing();
    if (!rest.empty()) {
      TRY(add_rest(assembly, rest, old_content, base, new_content, plan));
      std::uint64_t done = 0;
      for (const Extent& extent : rest) {
        made.copy(last_value(plan.recipe), done, extent);
        done += extent.length;
      }
    }
    recipe::Step step;
    step.size = new_content.size();
    step.sha256 = sha256(new_content);
    step.pieces = std::move(made).pieces();
    plan.recipe.steps.push_back(std::move(step));
    return {};
  }

  Status add_program(const ProgramPair& program, Bytes old_content, std::uint32_t base,
                     Bytes new_content, Plan& plan) const {
    const Member& member = *program.old_member;
    const std::vector<std::uint8_t> old_bytes = file_of(old_content, member);
    const std::vector<std::uint8_t> new_bytes = file_of(new_content, *program.new_member);
    Part part{program.new_member->path, "program", 0, 0};
    if (old_bytes.size() == member.extents.front().length) {
      return add_patch(old_bytes, base, member.extents.front(), new_bytes, std::move(part), plan);
    }
    return add_patch(old_bytes, add_file(member, old_bytes.size(), base, plan),
                     {0, old_bytes.size()}, new_bytes, std::move(part), plan);
  }

  // The rest is compared with all of the old content, or, where runs are equal, with what else
  // there is: an index of a large file takes time and memory.
  Status add_rest(const Assembly& assembly, const std::vector<Extent>& rest, Bytes old_content,
                  std::uint32_t base, Bytes new_content, Plan& plan) const {
    const std::vector<std::uint8_t> new_bytes = gather(new_content, rest);
    Part part{"", "rest", 0, 0};
    if (assembly.equal.empty()) {
      return add_patch(old_content, base, {0, old_content.size()}, new_bytes, std::move(part),
                       plan);
    }
    std::vector<Extent> known;
    for (const EqualRun& run : assembly.equal) {
      known.push_back({run.old_offset, run.length});
    }
    const std::vector<Extent> others = outside(std::move(known), old_content.size());
    const std::vector<std::uint8_t> old_bytes = gather(old_content, others);
    return add_patch(old_bytes, add_copies(others, old_bytes.size(), base, plan),
                     {0, old_bytes.size()}, new_bytes, std::move(part), plan);
  }

  // Appends a step that puts extents of `value` one behind the other; only patches may use it.
  static std::uint32_t add_copies(const std::vector<Extent>& extents, std::uint64_t size,
                                  std::uint32_t value, Plan& plan) {
    recipe::Step step;
    step.size = size;
    for (const Extent& extent : extents) {
      step.pieces.push_back({recipe::PieceKind::copy, value, extent, 0});
    }
    plan.recipe.steps.push_back(std::move(step));
    return last_value(plan.recipe);
  }

  // Likewise a member of `value`, with zeros in its holes.
  static std::uint32_t add_file(const Member& member, std::uint64_t size, std::uint32_t value,
                                Plan& plan) {
    recipe::Step step;
    step.size = size;
    std::uint64_t done = 0;
    for (const Placed& placed : place(member)) {
      if (placed.offset > done) {
        step.pieces.push_back({recipe::PieceKind::zero, 0, {0, placed.offset - done}, 0});
      }
      step.pieces.push_back({recipe::PieceKind::copy, value, placed.at, 0});
      done = placed.offset + placed.at.length;
    }
    plan.recipe.steps.push_back(std::move(step));
    return last_value(plan.recipe);
  }

  static std::uint32_t last_value(const recipe::Recipe& recipe) {
    return static_cast<std::uint32_t>(recipe.values() - 1);
  }

  // Appends a step that makes `content` of `range` of `value`, whose bytes are `old_content`.
  Status add_patch(Bytes old_content, std::uint32_t value, Extent range, Bytes content, Part part,
                   Plan& plan) const {
    TRY_ASSIGN(const PatchWriter* writer, find_writer("sliver"));
    const std::uint64_t before = plan.payload.size();
    TRY(write_smallest(old_content, content, exec_engine(), *writer,
                       {options_.memory, options_.threads, options_.observer, options_.profile},
                       plan.payload));
    recipe::Step step;
    step.size = content.size();
    step.patch = {
        recipe::PatchFormat::sliver, value, range, {before, plan.payload.size() - before}};
    plan.recipe.steps.push_back(std::move(step));
    part.size = content.size();
    part.patch = plan.payload.size() - before;
    plan.parts.push_back(std::move(part));
    return {};
  }

  Bytes from_;
  Bytes to_;
  const PackageOptions& options_;
};

}  // namespace

Result<bool> is_container(Bytes file) {
  TRY_ASSIGN(const Scanned found,
             scan(file, {{{0, file.size()}, {}}}, {no_limit, scan_memory, scan_depth}));
  return !found.candidates.empty() || found.members.size() != 1 ||
         !found.members.front().path.empty();
}

Result<Plan> plan_package(Bytes from, Bytes to, const PackageOptions& options) {
  return Planner(from, to, options).run();
}

}  // namespace kerf::plan

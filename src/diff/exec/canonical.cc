#include "diff/exec/canonical.h"

#include <algorithm>

namespace kerf::exec {

namespace {

using refs::Kind;

// References within a function: they tell nothing that the bytes around them do not, and move with
// them, so their displacement is cleared.
bool is_local(Kind kind) {
  switch (kind) {
    case Kind::size32:
    case Kind::size64:
    case Kind::x86_short:
    case Kind::a64_branch:
    case Kind::a64_test:
    case Kind::a64_literal:
    case Kind::a32_literal:
    case Kind::thumb_branch:
    case Kind::thumb_branch8:
    case Kind::thumb_jump11:
    case Kind::thumb_cbz:
    case Kind::thumb_literal8:
    case Kind::thumb_literal12:
    case Kind::thumb_adr8:
    case Kind::xtensa_jump:
    case Kind::xtensa_l32r:
    case Kind::xtensa_branch8:
    case Kind::xtensa_branch12:
    case Kind::riscv_branch:
    case Kind::riscv_jump11:
    case Kind::riscv_branch8:
      return true;
    default:
      return false;
  }
}

// Old offsets to new ones, by the copies of a script; where copies overlap, the longest has the
// say.
class OffsetMap {
 public:
  explicit OffsetMap(const Script& script) {
    std::uint64_t made = 0;
    for (const auto& piece : script) {
      if (const auto* copy = std::get_if<Copy>(&piece)) {
        copies_.push_back({copy->from, copy->length, made - copy->from});
      }
      made += std::visit([](const auto& any) { return any.length; }, piece);
    }
    std::ranges::stable_sort(copies_, {}, &Piece::from);
    for (std::size_t i = 0; i < copies_.size(); ++i) {
      const bool further = longest_.empty() || end(copies_[i]) > end(copies_[longest_.back()]);
      longest_.push_back(further ? i : longest_.back());
    }
  }

  // The new offset of an old one; false if no copy holds it: then by the copy in front of it.
  bool find(std::uint64_t offset, std::uint64_t& moved) const {
    const auto behind = std::ranges::upper_bound(copies_, offset, {}, &Piece::from);
    if (behind == copies_.begin()) {
      moved = offset;
      return false;
    }
    const auto last = static_cast<std::size_t>(behind - copies_.begin()) - 1;
    // The copy that starts last, or the one before it that reaches furthest: nearly always the
    // same.
    const Piece* best = &copies_[last];
    const Piece& wide = copies_[longest_[last]];
    if (end(wide) > offset && (end(*best) <= offset || wide.length > best->length)) {
      best = &wide;
    }
    moved = offset + best->shift;
    return end(*best) > offset;
  }

 private:
  struct Piece {
    std::uint64_t from;
    std::uint64_t length;
    std::uint64_t shift;
  };
  static std::uint64_t end(const Piece& piece) { return piece.from + piece.length; }
  std::vector<Piece> copies_;
  std::vector<std::size_t> longest_;  // of the copies up to each, the one that reaches furthest
};

struct Vote {
  std::uint64_t old_target;
  std::uint64_t new_target;
  auto operator<=>(const Vote&) const = default;
};

// What references in corresponding places of both files point to, sorted.
std::vector<Vote> votes(const Script& script, const std::vector<Reference>& old_references,
                        const std::vector<Reference>& new_references) {
  std::vector<Vote> all;
  std::uint64_t made = 0;
  for (const auto& piece : script) {
    const std::uint64_t length = std::visit([](const auto& any) { return any.length; }, piece);
    if (const auto* copy = std::get_if<Copy>(&piece)) {
      auto old_at = std::ranges::lower_bound(old_references, copy->from, {}, &Reference::position);
      auto new_at = std::ranges::lower_bound(new_references, made, {}, &Reference::position);
      const std::uint64_t shift = made - copy->from;
      for (; old_at != old_references.end() && old_at->position < copy->from + length; ++old_at) {
        while (new_at != new_references.end() && new_at->position < old_at->position + shift) {
          ++new_at;
        }
        if (new_at == new_references.end()) {
          break;
        }
        if (new_at->position == old_at->position + shift && new_at->kind == old_at->kind) {
          all.push_back({old_at->target, new_at->target});
        }
      }
    }
    made += length;
  }
  std::ranges::sort(all);
  return all;
}

class Targets {
 public:
  Targets(const Pair& pair, const Script& script, std::vector<Vote> votes)
      : pair_(pair), offsets_(script), votes_(std::move(votes)) {}

  // Where the old `target` has gone.
  std::uint64_t moved(std::uint64_t target) const {
    std::uint64_t best = target;
    std::size_t best_votes = 0;
    std::uint64_t by_copy = 0;
    const bool copied = copy_of(target, by_copy, best_votes);
    if (copied) {
      best = by_copy;
    }
    auto vote = std::ranges::lower_bound(votes_, Vote{target, 0});
    while (vote != votes_.end() && vote->old_target == target) {
      const auto next = std::ranges::upper_bound(vote, votes_.end(), *vote);
      auto count = static_cast<std::size_t>(next - vote);
      if (copied && vote->new_target == by_copy) {
        count += copy_votes;
      }
      if (count > best_votes) {
        best_votes = count;
        best = vote->new_target;
      }
      vote = next;
    }
    return best;
  }

 private:
  // What a copy that holds the target counts. Nothing if it holds only zeros: there, anything may
  // have been aligned with anything.
  static constexpr std::size_t copy_votes = 2;
  static constexpr std::size_t evidence = 16;

  bool copy_of(std::uint64_t target, std::uint64_t& moved, std::size_t& weight) const {
    std::uint32_t offset = 0;
    std::uint64_t new_offset = 0;
    if (!pair_.old_image.map.offset_of(target, offset)) {
      return false;
    }
    const bool inside = offsets_.find(offset, new_offset);
    if (new_offset >= pair_.to.size() ||
        !pair_.new_image.map.address_of(static_cast<std::uint32_t>(new_offset), moved)) {
      return false;
    }
    const Bytes there =
        pair_.from.subspan(offset, std::min<std::size_t>(evidence, pair_.from.size() - offset));
    const bool zeros = std::ranges::all_of(there, [](std::uint8_t byte) { return byte == 0; });
    weight = inside && !zeros ? copy_votes : 0;
    return true;
  }

  const Pair& pair_;
  OffsetMap offsets_;
  std::vector<Vote> votes_;
};

void rewrite(std::vector<std::uint8_t>& file, const Reference& reference, std::uint64_t target) {
  std::uint8_t* at = file.data() + reference.position;
  refs::place(reference.kind, at, is_local(reference.kind) ? 0 : target, 0, at);
}

}  // namespace

std::pair<std::vector<std::uint8_t>, std::vector<std::uint8_t>> canonical(const Pair& pair,
                                                                          const Script& script) {
  const auto old_references = references(pair.from, pair.old_image);
  std::vector<std::uint8_t> fresh(pair.to.begin(), pair.to.end());
  std::vector<Vote> all;
  {
    const auto new_references = references(pair.to, pair.new_image);
    all = votes(script, old_references, new_references);
    for (const Reference& reference : new_references) {
      rewrite(fresh, reference, reference.target);
    }
  }
  const Targets targets(pair, script, std::move(all));
  std::vector<std::uint8_t> old(pair.from.begin(), pair.from.end());
  for (const Reference& reference : old_references) {
    rewrite(old, reference, is_local(reference.kind) ? 0 : targets.moved(reference.target));
  }
  return {std::move(old), std::move(fresh)};
}

}  // namespace kerf::exec

#include "patch/vcdiff/write_candidates.h"

#include <algorithm>
#include <limits>

namespace kerf::vcdiff {

namespace {

// The next resemblance is taken up so many bytes before it starts.
constexpr std::size_t early = 64;
constexpr unsigned copied_bits = 14;
constexpr std::uint64_t no_address = std::numeric_limits<std::uint64_t>::max();

std::uint64_t source_offset(std::size_t position, std::int64_t alignment) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(position) + alignment);
}

}  // namespace

Candidates::Candidates(Bytes from, Bytes window, std::span<const Resemblance> resemblances)
    : from_(from),
      window_(window),
      resemblances_(resemblances),
      index_(window),
      copied_(std::size_t{1} << copied_bits, no_address) {
  std::uint64_t start = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t end = 0;
  for (const Resemblance& part : resemblances) {
    start = std::min(start, source_offset(part.start, part.alignment));
    end = std::max(end, source_offset(part.end, part.alignment));
  }
  if (end > 0) {
    segment_ = {start, end - start};
  }
}

void Candidates::step_back() {
  // A run that is known from farther on says nothing about what is before it.
  for (Alignment& alignment : alignments_) {
    alignment.run_end = 0;
  }
}

std::span<Match> Candidates::find(std::size_t position) {
  matches_.clear();
  find_in_source(position);
  if (position + shortest_copy <= window_.size()) {
    find_copied_before(position);
    find_in_window(position);
  }
  return matches_;
}

void Candidates::note_copy(std::size_t position, std::uint64_t address) {
  if (position + shortest_copy <= window_.size()) {
    copied_[copied_slot(position)] = address;
  }
}

void Candidates::find_in_source(std::size_t position) {
  while (next_resemblance_ < resemblances_.size() &&
         resemblances_[next_resemblance_].start <= position + early) {
    take_up(resemblances_[next_resemblance_++].alignment);
  }
  const std::uint64_t end = segment_.offset + segment_.length;
  for (std::size_t i = 0; i < alignment_count_; ++i) {
    Alignment& alignment = alignments_[i];
    const std::int64_t at = static_cast<std::int64_t>(position) + alignment.value;
    if (at < 0 || static_cast<std::uint64_t>(at) < segment_.offset ||
        static_cast<std::uint64_t>(at) >= end) {
      continue;
    }
    if (alignment.run_end <= position) {
      const auto start = static_cast<std::size_t>(at);
      const Bytes there = from_.subspan(start, static_cast<std::size_t>(end) - start);
      alignment.run_end = position + common_prefix(there, window_.subspan(position));
    }
    offer({static_cast<std::uint64_t>(at) - segment_.offset, alignment.run_end - position, true});
  }
}

void Candidates::take_up(std::int64_t value) {
  auto* const end = alignments_.data() + alignment_count_;
  auto* found = std::find_if(alignments_.data(), end,
                             [&](const Alignment& known) { return known.value == value; });
  Alignment moved{value, 0};
  if (found != end) {
    moved = *found;
  } else if (alignment_count_ < most_alignments) {
    ++alignment_count_;
  } else {
    --found;
  }
  std::move_backward(alignments_.data(), found, found + 1);
  alignments_.front() = moved;
}

// The address last copied from for such bytes: it may still be in the address cache.
void Candidates::find_copied_before(std::size_t position) {
  const std::uint64_t known = copied_[copied_slot(position)];
  if (known == no_address) {
    return;
  }
  const Bytes ahead = window_.subspan(position);
  if (known < segment_.length) {
    const Bytes there = from_.subspan(static_cast<std::size_t>(segment_.offset + known),
                                      static_cast<std::size_t>(segment_.length - known));
    offer({known, common_prefix(there, ahead), true});
    return;
  }
  const auto start = static_cast<std::size_t>(known - segment_.length);
  if (start < position) {
    offer({known, common_prefix(window_.subspan(start), ahead), false});
  }
}

void Candidates::find_in_window(std::size_t position) {
  index_.search(position, found_);
  for (const WindowIndex::Found& found : found_) {
    offer({segment_.length + found.start, found.length, false});
  }
}

void Candidates::offer(const Match& match) {
  if (match.length >= shortest_copy) {
    matches_.push_back(match);
  }
}

std::size_t Candidates::copied_slot(std::size_t position) const {
  return load_le32(window_.data() + position) * 2654435761U >> (32 - copied_bits);
}

}  // namespace kerf::vcdiff

// What the parse of a target window may copy from.
#pragma once

#include <array>
#include <vector>

#include "base/extent.h"
#include "patch/vcdiff/write_matches.h"
#include "patch/vcdiff/write_parse.h"

namespace kerf::vcdiff {

// A place that equals what follows a position of the window.
struct Match {
  std::uint64_t address = 0;  // as the format counts: source segment, then target window
  std::size_t length = 0;     // at least shortest_copy
  bool from_source = false;
};

constexpr std::size_t shortest_copy = 4;

// Finds matches position by position: in the source at the alignments of resemblances lately met,
// in the window by its index, and where was copied from before. Borrows all that it is given.
class Candidates {
 public:
  Candidates(Bytes from, Bytes window, std::span<const Resemblance> resemblances);

  // The part of the source that the resemblances touch.
  const Extent& segment() const { return segment_; }
  // Positions that are asked for from now on may lie before those asked for until now.
  void step_back();
  // What equals the bytes at `position`. Valid until the next call.
  std::span<Match> find(std::size_t position);
  // The bytes at `position` are copied from `address`.
  void note_copy(std::size_t position, std::uint64_t address);

 private:
  // Alignments followed at one time.
  static constexpr std::size_t most_alignments = 10;
  struct Alignment {
    std::int64_t value = 0;
    std::size_t run_end = 0;  // in the window; <= position: unknown
  };

  void take_up(std::int64_t value);
  void find_in_source(std::size_t position);
  void find_copied_before(std::size_t position);
  void find_in_window(std::size_t position);
  void offer(const Match& match);
  std::size_t copied_slot(std::size_t position) const;

  Bytes from_;
  Bytes window_;
  std::span<const Resemblance> resemblances_;
  Extent segment_;
  WindowIndex index_;
  std::size_t next_resemblance_ = 0;
  std::array<Alignment, most_alignments> alignments_{};  // the latest first
  std::size_t alignment_count_ = 0;
  std::vector<std::uint64_t> copied_;  // by hash of four bytes: the address copied from
  std::vector<WindowIndex::Found> found_;
  std::vector<Match> matches_;
};

}  // namespace kerf::vcdiff

// The way through a window of profile `fast`: what is copied, which fields are foretold, and in
// which order a Side is asked for what the old file does not tell. One text for both sides.
//
// A Side has
//   uint32_t span()                     length of the next span
//   bool field(uint32_t position, uint8_t* bytes, unsigned width)
//                                       `bytes` hold a foretold field: true if it is right; else
//                                       the right bytes are put there
//   void plain(uint32_t position, uint8_t* bytes, uint32_t size)
//                                       puts the right bytes in the place of old ones
//   void literals(uint32_t position, uint8_t* bytes, uint32_t size)
//   bool failed()
#pragma once

#include "mcu/cm/field_cursor.h"
#include "mcu/cm/window.h"
#include "patch/sliver/fast_predictor.h"

namespace kerf::sliver::fast {

class Walk {
 public:
  // Lays everything out in `arena`; count with an empty one first. Borrows all arguments.
  Walk(Arena& arena, const Scene& scene, const refs::Reader& old_file)
      : scene_(scene),
        old_file_(old_file),
        fields_(arena, scene.parameters, *scene.image, old_file),
        predictor_(arena, scene.parameters.learned_bits, *scene.image, *scene.destination,
                   scene.map) {}

  // Makes the new bytes [begin, end) at `made`. False if the old file could not be read or the side
  // has failed. Once only.
  template <class Side>
  bool run(Side& side, uint8_t* made, uint32_t begin, uint32_t end) {
    made_ = made;
    begin_ = begin;
    uint32_t position = begin;
    uint32_t left = 0;  // of the present span
    bool still = true;
    for (uint32_t i = scene_.first_cover(begin); position < end && !failed(side); ++i) {
      const bool last = i >= scene_.cover_count || scene_.covers[i].to >= end;
      const uint32_t start = last ? end : scene_.covers[i].to;
      if (start > position) {
        side.literals(position, at(position), start - position);
        position = start;
      }
      if (last) {
        break;
      }
      const Cover& cover = scene_.covers[i];
      const uint32_t stop = cover.to + cover.length < end ? cover.to + cover.length : end;
      has_previous_ = false;
      while (position < stop && !failed(side)) {
        if (left == 0) {
          left = side.span();
          still = !still;
          continue;
        }
        const uint32_t size = left < stop - position ? left : stop - position;
        const uint32_t from = cover.from + (position - cover.to);
        if (!old_file_.read(old_file_.context, from, at(position), size)) {
          unreadable_ = true;
          break;
        }
        if (!still) {
          busy(side, from, position, size);
        }
        position += size;
        left -= size;
      }
    }
    return !failed(side);
  }

 private:
  uint8_t* at(uint32_t position) const { return made_ + (position - begin_); }
  template <class Side>
  bool failed(const Side& side) const {
    return unreadable_ || fields_.failed() || side.failed();
  }

  // Old bytes from `from` on stand at `position`; fields that pass `length` are none.
  template <class Side>
  void busy(Side& side, uint32_t from, uint32_t position, uint32_t length) {
    const uint32_t to_new = position - from;
    const uint32_t end = from + length;
    uint32_t done = from;
    for (uint32_t next = from; next < end;) {
      uint32_t resume = 0;
      const refs::Field* field = fields_.next(next, end, resume);
      if (field == nullptr) {
        next = resume;
        continue;
      }
      next = field->position + field->width;
      if (next > end) {
        break;
      }
      const uint32_t place = field->position + to_new;
      if (field->position > done) {
        side.plain(done + to_new, at(done + to_new), field->position - done);
      }
      done = next;
      const uint32_t chunk = field->position >> scene_.parameters.chunk_bits;
      const Guess guess = predictor_.predict(
          *field, at(place), place, has_previous_ && chunk == previous_chunk_, previous_target_);
      previous_target_ = guess.target;
      if (side.field(place, at(place), field->width)) {
        predictor_.confirm(*field, guess);
      } else {
        previous_target_ = predictor_.correct(*field, guess, at(place));
      }
      has_previous_ = true;
      previous_chunk_ = chunk;
    }
    if (done < end) {
      side.plain(done + to_new, at(done + to_new), end - done);
    }
  }

  const Scene& scene_;
  const refs::Reader& old_file_;
  FieldCursor fields_;
  Predictor predictor_;
  uint8_t* made_ = nullptr;
  uint32_t begin_ = 0;
  bool unreadable_ = false;
  bool has_previous_ = false;  // was there a field before in this cover,
  uint64_t previous_target_ = 0;
  uint32_t previous_chunk_ = 0;
};

}  // namespace kerf::sliver::fast

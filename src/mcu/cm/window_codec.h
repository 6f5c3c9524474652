// Codes one window of the new file, given the old file and the covers: one text for encoder and
// decoder, which differ in what Coder::code does. Every order, context and constant of it is part
// of the format.
#pragma once

#include "mcu/cm/cover_codec.h"
#include "mcu/cm/literal_codec.h"

namespace kerf::sliver {

class WindowCodec {
 public:
  // Lays everything out in `arena`; count with an empty one first. Borrows all arguments. `made`:
  // room for the window's bytes.
  WindowCodec(Arena& arena, const Scene& scene, const refs::Reader& old_file, uint8_t* made)
      : scene_(scene),
        made_(made),
        view_(arena, old_file),
        buckets_(arena, scene.parameters.byte_bits),
        covers_(arena, scene, old_file, buckets_),
        literals_(arena, scene, old_file, buckets_, made) {}

  // Codes the new bytes [begin, end). `wanted`: these bytes for an encoder, null for a decoder.
  // `spill`: where a decoder puts them that has not room for all; not with match tables. False if
  // the old file could not be read or the spill failed. Once only.
  template <class Coder>
  bool run(Coder& coder, const uint8_t* wanted, uint32_t begin, uint32_t end,
           const Spill* spill = nullptr) {
    Window window{made_, wanted, begin, end};
    window.spill = spill;
    uint32_t position = begin;
    uint32_t old_position = 0xFFFFFFFF;
    for (uint32_t i = scene_.first_cover(begin); position < end && !failed() && !window.failed;
         ++i) {
      const bool last = i >= scene_.cover_count || scene_.covers[i].to >= end;
      const uint32_t start = last ? end : scene_.covers[i].to;
      if (start > position) {
        literals_.code(coder, window, view_, position, start, old_position);
        position = start;
      }
      if (last) {
        break;
      }
      const Cover& cover = scene_.covers[i];
      const uint32_t stop = cover.to + cover.length < end ? cover.to + cover.length : end;
      const uint32_t from = cover.from + (position - cover.to);
      if (cover.exact) {
        copy(window, from, position, stop - position);
      } else {
        covers_.code(coder, window, view_, from, position, stop - position);
      }
      position = stop;
      old_position = cover.from + cover.length;
    }
    if (spill != nullptr && !failed() && !window.failed) {
      window.flush(end - window.base, end);
    }
    return !failed() && !window.failed;
  }

  const FieldTally& tally() const { return covers_.tally(); }

 private:
  bool failed() const { return view_.failed() || covers_.failed() || literals_.failed(); }

  void copy(Window& window, uint32_t from, uint32_t position, uint32_t length) {
    covers_.copied(length);
    if (window.spill == nullptr) {
      view_.copy(from, length, window.at(position));
      return;
    }
    while (length > 0 && !view_.failed() && !window.failed) {
      const uint32_t part = length < OldView::most ? length : OldView::most;
      window.make_room(position, part);
      window.make(position, view_.at(from, part), part);
      from += part;
      position += part;
      length -= part;
    }
  }

  const Scene& scene_;
  uint8_t* made_;
  OldView view_;
  BucketTable buckets_;
  CoverCodec covers_;
  LiteralCodec literals_;
};

}  // namespace kerf::sliver

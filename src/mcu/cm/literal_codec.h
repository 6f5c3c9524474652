// Codes what no cover covers: bytes under contexts of what stands before them, of what followed in
// the old file, and of the place in the old file where the last cover ended.
#pragma once

#include "mcu/cm/byte_model.h"
#include "mcu/cm/old_view.h"
#include "mcu/cm/window.h"

namespace kerf::sliver {

class LiteralCodec {
 public:
  LiteralCodec(Arena& arena, const Scene& scene, const refs::Reader& old_file, BucketTable& buckets,
               const uint8_t* made)
      : bytes_(arena, buckets, 0x11700000, scene.parameters.mixer_rate, 1, 64),
        matches_(arena, scene.parameters.index_bits, *scene.old_index, old_file, made),
        old_size_(old_file.size) {}

  // Codes the new bytes [position, end). `old_position`: where the old file would go on.
  template <class Coder>
  void code(Coder& coder, Window& window, OldView& view, uint32_t position, uint32_t end,
            uint32_t old_position) {
    matches_.forget();
    for (; position < end && !window.failed; ++position) {
      window.make_room(position, 1);
      const uint32_t last4 = window.before(position, 1) | window.before(position, 2) << 8 |
                             window.before(position, 3) << 16 | window.before(position, 4) << 24;
      const uint32_t inside = position - window.begin;
      const int match = matches_.expect(inside);
      const unsigned length = match < 0 ? 0 : matches_.length();
      const uint32_t trust = length < 16 ? length : 15;
      const uint32_t expected = static_cast<uint32_t>(match + 1);
      uint32_t after2 = 0;
      uint32_t after3 = 0;
      matches_.followers(inside, after2, after3);
      const uint32_t old_byte = old_position < old_size_ ? *view.at(old_position, 1) : 256U;
      const uint32_t lane = position & 3;
      using model::hash;
      const uint32_t contexts[] = {
          hash(1, last4 & 0xFF),
          hash(2, last4 & 0xFFFF),
          hash(3, old_byte | lane << 12),
          hash(4, after2 | after3 << 8),
          hash(5, expected | trust << 9),
          hash(6, lane | last4 >> 24 << 8 | (last4 >> 8 & 0xFF) << 16),
      };
      const bool agree = match >= 0 && static_cast<uint32_t>(match) == after3;
      const uint8_t byte = bytes_.code(coder, window.wanted_at(position), contexts, 0,
                                       trust * 4 + (after2 == after3 ? 2U : 0U) + (agree ? 1U : 0U),
                                       {match, length});
      *window.at(position) = byte;
      matches_.update(inside);
      if (old_position < old_size_) {
        ++old_position;
      }
    }
  }

  bool failed() const { return matches_.failed(); }

 private:
  ByteModel bytes_;
  MatchModel matches_;
  uint32_t old_size_;
};

}  // namespace kerf::sliver

// Codes units: runs of covered bytes that are taken as a whole where they are as expected, and byte
// by byte where they are not.
#pragma once

#include "mcu/cm/byte_model.h"
#include "mcu/cm/flag_model.h"
#include "mcu/cm/history.h"
#include "mcu/cm/predictor.h"
#include "mcu/cm/window.h"

namespace kerf::sliver {

// A run of bytes that is coded as a whole: a field, or plain bytes.
struct Unit {
  const uint8_t* old_bytes;
  uint32_t position;  // in the new file
  uint32_t size;
  const refs::Field* field;      // null: plain
  const Prediction* prediction;  // of the field
  const uint8_t* expected;       // what it becomes, most likely
};

class UnitCodec {
 public:
  // Takes its memory from `arena`; borrows the rest.
  UnitCodec(Arena& arena, const Scene& scene, SlotTable& slots, BucketTable& buckets,
            History& history)
      : history_(history),
        unit_flags_(arena, slots, 0x0A117000, scene.parameters.mixer_rate),
        byte_flags_(arena, slots, 0xB17E0000, scene.parameters.mixer_rate),
        differences_(arena, buckets, 0xD1FF0000, scene.parameters.mixer_rate, 8, 256) {}

  // Codes `unit` and notes in the history what became of it.
  template <class Coder>
  void code(Coder& coder, const Window& window, const Unit& unit) {
    bool hit = window.wants(unit.position, unit.expected, unit.size);
    hit = code_unit_flag(coder, unit, hit, 0);
    if (hit) {
      window.make(unit.position, unit.expected, unit.size);
      history_.hit(unit.size);
    } else if (const uint8_t* other = code_choice(coder, window, unit)) {
      window.make(unit.position, other, unit.size);
      for (uint32_t i = 0; i < unit.size; ++i) {
        if (other[i] == unit.expected[i]) {
          history_.hit(1);
        } else {
          history_.miss(unit.position + i, static_cast<uint8_t>(other[i] - unit.expected[i]));
        }
      }
    } else {
      code_bytes(coder, window, unit);
    }
  }

 private:
  static uint32_t word(const uint8_t* at) {
    return uint32_t{at[0]} | uint32_t{at[1]} << 8 | uint32_t{at[2]} << 16 | uint32_t{at[3]} << 24;
  }
  // The bytes in front of `at`, the nearest lowest.
  static uint32_t word_before(const uint8_t* at) {
    return uint32_t{*(at - 1)} | uint32_t{*(at - 2)} << 8 | uint32_t{*(at - 3)} << 16 |
           uint32_t{*(at - 4)} << 24;
  }

  // Whether the unit is as the `rank`-th prediction says (`flag`), given that no earlier one was
  // right.
  template <class Coder>
  bool code_unit_flag(Coder& coder, const Unit& unit, bool flag, uint32_t rank) {
    const History& h = history_;
    uint32_t sort = unit.size;  // up to most_block
    uint32_t situation = unit.size;
    uint32_t scores = 0;
    uint32_t content = 0;
    if (unit.field != nullptr) {
      const Prediction& p = *unit.prediction;
      const auto kind = static_cast<uint32_t>(unit.field->kind);
      sort =
          0x100 | static_cast<uint32_t>(p.source) | (p.changed ? 8U : 0U) | rank << 4 | kind << 9;
      situation = 17 + kind % 47;
      scores = p.score | uint32_t{p.second_score} << 4 | uint32_t{p.count} << 8;
      content = static_cast<uint32_t>(unit.field->target) * 2654435761U;
    } else {
      content = model::hash(word(unit.old_bytes), word(unit.old_bytes + unit.size - 4));
    }
    using model::hash;
    const uint32_t run = coarse(h.run);
    const uint32_t first = word(unit.old_bytes);
    const uint32_t before = word_before(unit.old_bytes);
    const uint32_t contexts[] = {
        hash(sort, run | (h.misses & 15) << 8),
        hash(sort | 0x10000000, (first & 0xFF) | (before & 0xFF) << 8),
        hash(sort | 0x20000000, before & 0xFFFFFF),
        hash(sort | 0x30000000, h.misses & 0xFFFF),
        hash(sort | 0x40000000, content),
        hash(sort | 0x50000000,
             (unit.field == nullptr ? 0 : uint32_t{unit.prediction->agreement}) | scores << 8),
    };
    return unit_flags_.code(coder, flag, contexts, situation % FlagModel::sets_a,
                            run + (unit.field == nullptr ? 0U : 32U), situation);
  }

  // For a field that is not as expected: its bytes, if it is as the second or third prediction
  // says; null if not.
  template <class Coder>
  const uint8_t* code_choice(Coder& coder, const Window& window, const Unit& unit) {
    for (uint32_t i = 1; unit.field != nullptr && i < unit.prediction->count; ++i) {
      const uint8_t* bytes = unit.prediction->bytes[i];
      if (code_unit_flag(coder, unit, window.wants(unit.position, bytes, unit.size), i)) {
        return bytes;
      }
    }
    return nullptr;
  }

  // A unit byte by byte. At least one is not as expected: if none was before the last, the last is.
  template <class Coder>
  void code_bytes(Coder& coder, const Window& window, const Unit& unit) {
    bool missed = false;
    bool follows_second = unit.field != nullptr && unit.prediction->count > 1;
    for (uint32_t i = 0; i < unit.size; ++i) {
      const uint32_t position = unit.position + i;
      const uint8_t expected = unit.expected[i];
      const uint8_t second = follows_second ? unit.prediction->bytes[1][i] : expected;
      const uint8_t wanted = window.wanted_at(position);
      bool hit = false;
      if (missed || i + 1 < unit.size) {
        hit =
            code_byte_flag(coder, window, unit, i, wanted == expected, missed, second != expected);
      }
      uint8_t byte = expected;
      if (hit) {
        history_.hit(1);
      } else {
        const uint8_t difference =
            code_difference(coder, window, unit, i, static_cast<uint8_t>(wanted - expected), missed,
                            static_cast<uint8_t>(second - expected));
        byte = static_cast<uint8_t>(expected + difference);
        history_.miss(position, difference);
        missed = true;
      }
      *window.at(position) = byte;
      follows_second = follows_second && byte == unit.prediction->bytes[1][i];
    }
  }

  // What the contexts of a byte say about the unit it stands in.
  static uint32_t sort_of(const Unit& unit, uint32_t i, bool missed) {
    if (unit.field == nullptr) {
      return missed ? 1 : 0;
    }
    return 2 + ((i < 3 ? i : 3) | (unit.prediction->changed ? 4U : 0U) | (missed ? 8U : 0U) |
                static_cast<uint32_t>(unit.prediction->source) << 4 |
                static_cast<uint32_t>(unit.field->kind) << 7);
  }

  template <class Coder>
  bool code_byte_flag(Coder& coder, const Window& window, const Unit& unit, uint32_t i, bool flag,
                      bool missed, bool differs) {
    const History& h = history_;
    const uint32_t sort = sort_of(unit, i, missed);
    const uint32_t lane = (unit.position + i) & 3;
    const uint32_t first = word(unit.old_bytes + i);
    const uint32_t before = word_before(unit.old_bytes + i);
    const uint32_t made = window.before(unit.position + i, 1);
    const uint32_t run = coarse(h.run);
    using model::hash;
    const uint32_t contexts[] = {
        hash(sort, run | (h.misses & 15) << 8),
        hash(sort | 0x10000000, (first & 0xFF) | (before & 0xFF) << 8),
        hash(sort | 0x20000000, before & 0xFFFFFF),
        hash(sort | 0x30000000, run | coarse(h.previous_run) << 5 | h.d1 << 10),
        hash(sort | 0x40000000, i | unit.size << 5 | (differs ? 1024U : 0U) | (h.misses & 3) << 11),
        hash(sort | 0x50000000, (h.misses & 0xFF) | h.d1 << 8 | (before & 0xFF) << 16),
        hash(sort | 0x60000000, made | (first & 0xFF) << 8 | (h.misses & 3) << 16),
    };
    return byte_flags_.code(
        coder, flag, contexts, (h.misses & 7) | (unit.field != nullptr ? 8U : 0U) | lane << 4,
        run + (unit.field == nullptr ? 0U : 32U),
        unit.field == nullptr ? 0 : 1 + static_cast<uint32_t>(unit.field->kind) % 63);
  }

  template <class Coder>
  uint8_t code_difference(Coder& coder, const Window& window, const Unit& unit, uint32_t i,
                          uint8_t difference, bool missed, uint8_t second) {
    const History& h = history_;
    const uint32_t sort = sort_of(unit, i, missed);
    const uint32_t position = unit.position + i;
    const uint32_t expected = unit.expected[i];
    const uint32_t made1 = window.before(position, 1);
    const uint32_t made2 = window.before(position, 2);
    const uint32_t misses = h.misses & 15;
    const uint32_t burst = (h.misses & 1) != 0 ? h.burst : 0;
    using model::hash;
    const uint32_t contexts[] = {
        hash(hash(1, sort), second),
        hash(2, h.d1 | h.d2 << 8),
        hash(3, h.by_lane[position & 3] | (position & 3) << 8),
        hash(4, expected | made1 << 8),
        hash(5, made1 | made2 << 8 | misses << 16),
        hash(6, hash(burst, misses)),
    };
    Expectation expectation;
    if (second != 0) {
      expectation = {second, (i < 3 ? i : 3) | (missed ? 4U : 0U) |
                                 static_cast<unsigned>(unit.prediction->second_score >> 2) << 3};
    }
    const uint32_t run = coarse(h.run);
    return differences_.code(coder, difference, contexts,
                             unit.field != nullptr ? 4 + (i < 3 ? i : 3) : h.misses & 3,
                             run * 8 + (h.misses & 7), expectation);
  }

  History& history_;
  FlagModel unit_flags_;
  FlagModel byte_flags_;
  ByteModel differences_;
};

}  // namespace kerf::sliver

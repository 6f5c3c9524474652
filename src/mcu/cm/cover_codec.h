// Codes covered bytes: mostly the old ones, with fields as predicted. Decisions go from the large
// to the small: a stretch, then the units (fields and blocks between them) of a stretch that is not
// as expected, then the bytes of a unit that is not.
#pragma once

#include "mcu/cm/field_cursor.h"
#include "mcu/cm/field_tally.h"
#include "mcu/cm/old_view.h"
#include "mcu/cm/unit_codec.h"

namespace kerf::sliver {

class CoverCodec {
 public:
  CoverCodec(Arena& arena, const Scene& scene, const refs::Reader& old_file, BucketTable& buckets)
      : chunk_bits_(scene.parameters.chunk_bits),
        fields_(arena, scene.parameters, *scene.image, old_file),
        predictor_(arena, scene.parameters.learned_bits, *scene.image, *scene.destination,
                   scene.map),
        slots_(arena, scene.parameters.flag_bits),
        stretch_flags_(arena, slots_, 0x57A37C00, scene.parameters.mixer_rate),
        units_(arena, scene, slots_, buckets, history_),
        expected_(arena.take<uint8_t>(most_stretch + refs::max_field_width)),
        found_(arena.take<refs::Field>(most_fields)),
        predictions_(arena.take<Prediction>(most_fields)) {}

  // Codes the new bytes [position, position + length), which resemble the old ones from `from` on.
  template <class Coder>
  void code(Coder& coder, Window& window, OldView& view, uint32_t from, uint32_t position,
            uint32_t length) {
    unsigned level = 0;
    previous_ = {};
    while (length > 0 && !view.failed() && !fields_.failed() && !window.failed) {
      uint32_t size =
          gather(from, length, length < least_stretch << level ? length : least_stretch << level);
      window.make_room(position, size);
      const uint8_t* old_bytes = view.at(from, size);
      const Previous before = previous_;
      expect(old_bytes, from, position, size);
      take_stock(window, old_bytes, from, position);
      if (code_stretch(coder, window, position, size, level)) {
        window.make(position, expected_, size);
        for (uint32_t i = 0; i < count_; ++i) {
          const refs::Field& field = found_[i];
          remember(field,
                   predictor_.learn(field, predictions_[i], &expected_[field.position - from]));
        }
        history_.hit(size);
        level += level < most_level ? 1 : 0;
      } else {
        previous_ = before;
        code_units(coder, window, old_bytes, from, position, size);
        level = 0;
      }
      from += size;
      position += size;
      length -= size;
    }
  }

  // Old bytes that were copied without a look: they count as predicted well.
  void copied(uint32_t bytes) { history_.hit(bytes); }
  bool failed() const { return fields_.failed(); }
  const FieldTally& tally() const { return tally_; }

 private:
  // The field before the present one in the same cover.
  struct Previous {
    bool exists = false;
    uint64_t target = 0;
    uint32_t chunk = 0;
  };

  static constexpr uint32_t least_stretch = 64;
  static constexpr unsigned most_level = 2;
  static constexpr uint32_t most_stretch = least_stretch << most_level;
  static constexpr uint32_t most_fields = 128;  // of a stretch
  static constexpr uint32_t most_block = 16;

  // Finds the fields of the next stretch of about `size` old bytes; fields that would pass `length`
  // are none. Returns how long the stretch is: it ends early when there are many fields, and late
  // when the last field would be cut.
  uint32_t gather(uint32_t from, uint32_t length, uint32_t size) {
    count_ = 0;
    uint32_t next = from;
    uint32_t end = from + size;
    while (next < end && count_ < most_fields) {
      uint32_t resume = 0;
      const refs::Field* field = fields_.next(next, end, resume);
      if (field == nullptr) {
        next = resume;
        continue;
      }
      next = field->position + field->width;
      if (next - from > length) {
        break;
      }
      found_[count_++] = *field;
      end = next > end ? next : end;
    }
    return count_ == most_fields && next < end ? next - from : end - from;
  }

  void remember(const refs::Field& field, uint64_t target) {
    previous_ = {true, target, field.position >> chunk_bits_};
  }
  void predict(const refs::Field& field, const uint8_t* old_bytes, uint32_t position,
               Prediction& prediction) const {
    predictor_.predict(field, old_bytes, position,
                       previous_.exists && previous_.chunk == field.position >> chunk_bits_,
                       previous_.target, prediction);
  }

  // Predicts all fields of the stretch from what is known at its start.
  void expect(const uint8_t* old_bytes, uint32_t from, uint32_t position, uint32_t size) {
    for (uint32_t i = 0; i < size; ++i) {
      expected_[i] = old_bytes[i];
    }
    for (uint32_t i = 0; i < count_; ++i) {
      const uint32_t at = found_[i].position - from;
      predict(found_[i], old_bytes + at, position + at, predictions_[i]);
      for (uint32_t k = 0; k < found_[i].width; ++k) {
        expected_[at + k] = predictions_[i].bytes[0][k];
      }
      remember(found_[i], predictions_[i].target[0]);
    }
  }

  void take_stock(const Window& window, const uint8_t* old_bytes, uint32_t from,
                  uint32_t position) {
    for (uint32_t i = 0; window.wanted != nullptr && i < count_; ++i) {
      if (predictions_[i].changed) {
        const uint32_t at = found_[i].position - from;
        tally_.gained += window.wants(position + at, predictions_[i].bytes[0], found_[i].width);
        tally_.lost += window.wants(position + at, old_bytes + at, found_[i].width);
      }
    }
  }

  template <class Coder>
  bool code_stretch(Coder& coder, const Window& window, uint32_t position, uint32_t size,
                    unsigned level) {
    uint32_t lowest = 15;
    uint32_t changed = 0;
    uint32_t weakest = 0;
    for (uint32_t i = 0; i < count_; ++i) {
      changed += predictions_[i].changed ? 1 : 0;
      if (predictions_[i].score < lowest) {
        lowest = predictions_[i].score;
        weakest = static_cast<uint32_t>(found_[i].kind);
      }
    }
    using model::hash;
    const uint32_t run = coarse(history_.run);
    const uint32_t past = history_.stretches;
    const uint32_t contexts[] = {
        hash(1, (past & 0xFF) | level << 8),
        hash(2, run | coarse(count_) << 5 | level << 10),
        hash(3, lowest | coarse(changed) << 4 | level << 9),
        hash(4, lowest | run << 4 | (past & 15) << 9),
        hash(5, weakest | lowest << 8 | (past & 3) << 12),
        hash(6, coarse(changed) | coarse(history_.previous_run) << 5 | (past & 7) << 10),
    };
    const bool flag =
        stretch_flags_.code(coder, window.wants(position, expected_, size), contexts,
                            level * 8 + (past & 7), lowest * 2 + (changed > 0 ? 1 : 0), level);
    history_.stretches = past << 1 | (flag ? 0U : 1U);
    return flag;
  }

  template <class Coder>
  void code_units(Coder& coder, const Window& window, const uint8_t* old_bytes, uint32_t from,
                  uint32_t position, uint32_t size) {
    uint32_t at = 0;
    for (uint32_t i = 0; i <= count_; ++i) {
      const uint32_t field_at = i < count_ ? found_[i].position - from : size;
      while (at < field_at) {
        const uint32_t left = field_at - at;
        const uint32_t part = left < most_block ? left : most_block;
        units_.code(coder, window,
                    {old_bytes + at, position + at, part, nullptr, nullptr, old_bytes + at});
        at += part;
      }
      if (i < count_) {
        const refs::Field& field = found_[i];
        Prediction& prediction = predictions_[i];
        predict(field, old_bytes + at, position + at, prediction);
        units_.code(
            coder, window,
            {old_bytes + at, position + at, field.width, &field, &prediction, prediction.bytes[0]});
        remember(field, predictor_.learn(field, prediction, window.at(position + at)));
        at += field.width;
      }
    }
  }

  unsigned chunk_bits_;
  FieldCursor fields_;
  Predictor predictor_;
  SlotTable slots_;
  FlagModel stretch_flags_;
  History history_;
  UnitCodec units_;
  uint8_t* expected_;        // of the present stretch,
  refs::Field* found_;       // its fields,
  Prediction* predictions_;  // and what is foretold of them
  uint32_t count_ = 0;
  Previous previous_;
  FieldTally tally_;
};

}  // namespace kerf::sliver

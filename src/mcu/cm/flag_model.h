// Decisions that nearly always go one way ("the prediction is right"), under many contexts. A
// context gets a slot of the table only once a decision has gone the other way there: so a small
// table holds what matters.
#pragma once

#include "mcu/cm/arena.h"
#include "model/counter.h"
#include "model/mixer.h"

namespace kerf::sliver {

// The table that several FlagModels share.
struct SlotTable {
  model::Slot* slots = nullptr;
  uint32_t mask = 0;

  SlotTable(Arena& arena, unsigned bits)
      : slots(arena.take<model::Slot>(size_t{1} << bits)), mask((uint32_t{1} << bits) - 1) {}
};

class FlagModel {
 public:
  static constexpr size_t most_contexts = model::mixer_inputs - 1;
  // Of the two weight set arrays, and the situations with defaults of their own.
  static constexpr size_t sets_a = 64;
  static constexpr size_t sets_b = 64;
  static constexpr size_t situations = 64;

  // `salt` keeps the contexts of the models that share `table` apart.
  FlagModel(Arena& arena, SlotTable& table, uint32_t salt, int32_t rate)
      : table_(table),
        salt_(salt),
        defaults_(arena.take<model::Counter>(most_contexts * situations)),
        weights_(arena.take<model::Weights>(sets_a + sets_b)),
        mixer_(weights_, weights_ == nullptr ? 0 : sets_a,
               weights_ == nullptr ? nullptr : weights_ + sets_a, weights_ == nullptr ? 0 : sets_b,
               rate) {
    for (size_t i = 0; defaults_ != nullptr && i < most_contexts * situations; ++i) {
      defaults_[i] = model::Counter::of(65536 - 64, 4);
    }
  }

  // Codes whether things are as expected (`flag`; a decoder's does not matter) in N contexts,
  // with the weights of sets `a` and `b` and the defaults of `situation`.
  template <class Coder, size_t N>
  bool code(Coder& coder, bool flag, const uint32_t (&contexts)[N], size_t a, size_t b,
            size_t situation) {
    static_assert(N <= most_contexts);
    model::Slot* slots[N];
    uint32_t checks[N];
    for (size_t i = 0; i < N; ++i) {
      const uint32_t h = model::hash(contexts[i], salt_ + static_cast<uint32_t>(i) * 0x9E3779B1U);
      slots[i] = &table_.slots[h & table_.mask];
      __builtin_prefetch(slots[i], 1);
      checks[i] = h >> 25;
    }
    for (size_t i = 0; i < N; ++i) {
      if (hit(*slots[i], checks[i])) {
        mixer_.set(i, model::stretch(slots[i]->p()) * model::confidence(slots[i]->count()) >> 8);
      } else {
        mixer_.set(i, model::stretch(usual(i, situation).p()) >> 1);
      }
    }
    mixer_.set(N, 256);
    flag = coder.code(flag, mixer_.predict(a, b, 4));
    mixer_.learn(flag);
    for (size_t i = 0; i < N; ++i) {
      model::Slot& slot = *slots[i];
      if (hit(slot, checks[i])) {
        slot.update(flag, model::Slot::most_count);
        continue;
      }
      usual(i, situation).update(flag, 1000);
      if (!flag) {
        slot.start(checks[i]);
        slot.update(flag, model::Slot::most_count);
      }
    }
    return flag;
  }

 private:
  // An empty slot has count 0, and a started one has been updated at once.
  static bool hit(const model::Slot& slot, uint32_t check) {
    return slot.count() != 0 && slot.belongs_to(check);
  }
  model::Counter& usual(size_t context, size_t situation) {
    return defaults_[context * situations + situation];
  }

  SlotTable& table_;
  uint32_t salt_;
  model::Counter* defaults_;
  model::Weights* weights_;
  model::Mixer mixer_;
};

}  // namespace kerf::sliver

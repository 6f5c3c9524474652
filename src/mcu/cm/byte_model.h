// Bytes, bit by bit from the highest, under many contexts: bit histories in a hashed table.
#pragma once

#include "mcu/cm/arena.h"
#include "mcu/cm/bucket_table.h"
#include "model/counter.h"
#include "model/mixer.h"

namespace kerf::sliver {

// What another model expects of the next byte.
struct Expectation {
  int value = -1;      // 0 to 255, or -1: nothing
  unsigned trust = 0;  // a class of such expectations, 0 to 63, that are right equally often
};

class ByteModel {
 public:
  static constexpr size_t most_contexts = model::mixer_inputs - 2;
  static constexpr size_t nodes_a = 32;
  static constexpr size_t trusts = 64;

  // `salt` keeps the contexts of the models that share `table` apart. `situations` and `sets_b`:
  // how many weights there are to choose from.
  ByteModel(Arena& arena, BucketTable& table, uint32_t salt, int32_t rate, size_t situations,
            size_t sets_b)
      : table_(table),
        salt_(salt),
        maps_(arena.take<model::HistoryMap>(most_contexts)),
        trust_(arena.take<model::Counter>(trusts)),
        weights_(arena.take<model::Weights>(situations * nodes_a + sets_b)),
        mixer_(weights_, weights_ == nullptr ? 0 : situations * nodes_a,
               weights_ == nullptr ? nullptr : weights_ + situations * nodes_a,
               weights_ == nullptr ? 0 : sets_b, rate) {
    for (size_t i = 0; maps_ != nullptr && i < most_contexts; ++i) {
      maps_[i] = model::HistoryMap();
    }
    for (size_t i = 0; trust_ != nullptr && i < trusts; ++i) {
      trust_[i] = model::Counter::of(32768, 1);
    }
  }

  // Codes `byte` in N contexts. `situation` and `b` choose the weights.
  template <class Coder, size_t N>
  uint8_t code(Coder& coder, uint8_t byte, const uint32_t (&contexts)[N], size_t situation,
               size_t b, const Expectation& expected) {
    static_assert(N <= most_contexts);
    uint32_t made = 1;  // a one, then the bits so far
    for (unsigned nibble = 2; nibble-- > 0;) {
      uint32_t hashes[N];
      for (size_t i = 0; i < N; ++i) {
        const uint32_t salted = salt_ + static_cast<uint32_t>(i) * 0x3D4D51CBU;
        hashes[i] = model::hash(contexts[i], salted + (nibble == 0 ? made : 0));
        table_.prefetch(hashes[i]);
      }
      uint8_t* nodes[N];
      for (size_t i = 0; i < N; ++i) {
        nodes[i] = table_.find(hashes[i]);
      }
      // Which weights: by the node of the upper nibble, and in the lower one by the upper nibble.
      const size_t upper = nibble == 0 ? made : 0;
      for (uint32_t node = 1; node < 16;) {
        const unsigned bit_number = nibble * 4 + bits_left(node);
        const size_t set = nibble == 0 ? upper : node;
        const bool bit =
            code_bit(coder, (byte >> bit_number & 1) != 0, nodes, node, situation * nodes_a + set,
                     b, Expected(expected, made, bit_number));
        node = node << 1 | (bit ? 1U : 0U);
        made = made << 1 | (bit ? 1U : 0U);
      }
    }
    return static_cast<uint8_t>(made);
  }

 private:
  // Of a nibble: the bits behind the one that is coded at `node`.
  static unsigned bits_left(uint32_t node) {
    return node >= 8 ? 0 : node >= 4 ? 1 : node >= 2 ? 2 : 3;
  }

  // What an expectation says of a bit.
  struct Expected {
    Expected(const Expectation& of, uint32_t made, unsigned bit_number)
        : trust(of.trust),
          known(of.value >= 0 &&
                (static_cast<uint32_t>(of.value) | 256) >> (bit_number + 1) == made),
          bit(known && (of.value >> bit_number & 1) != 0) {}
    unsigned trust;
    bool known;  // the byte's bits so far are those expected
    bool bit;
  };

  template <class Coder, size_t N>
  bool code_bit(Coder& coder, bool bit, uint8_t* const (&nodes)[N], uint32_t node, size_t a,
                size_t b, const Expected& expected) {
    model::Counter* counters[N];
    for (size_t i = 0; i < N; ++i) {
      const uint8_t state = nodes[i][node];
      counters[i] = &maps_[i].counters[state];
      mixer_.set(i, state == 0 ? 0 : model::stretch(counters[i]->p()));
    }
    int32_t opinion = 0;
    if (expected.known) {
      opinion = model::stretch(trust_[expected.trust].p());
      opinion = expected.bit ? opinion : -opinion;
    }
    mixer_.set(N, opinion);
    mixer_.set(N + 1, 256);
    bit = coder.code(bit, mixer_.predict(a, b, 32));
    mixer_.learn(bit);
    if (expected.known) {
      trust_[expected.trust].update(bit == expected.bit, 250);
    }
    for (size_t i = 0; i < N; ++i) {
      counters[i]->update(bit, 255);
      uint8_t& state = nodes[i][node];
      state = model::history_table.next[state][bit ? 1 : 0];
    }
    return bit;
  }

  BucketTable& table_;
  uint32_t salt_;
  model::HistoryMap* maps_;
  model::Counter* trust_;
  model::Weights* weights_;
  model::Mixer mixer_;
};

}  // namespace kerf::sliver

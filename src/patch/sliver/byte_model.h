// Bytes, bit by bit from the highest, under many contexts: bit histories in a hashed table, a
// bucket of 15 for each nibble of each context.
#pragma once

#include "model/counter.h"
#include "model/mixer.h"
#include "patch/sliver/arena.h"

namespace kerf::sliver {

// [0] says whose the bucket is, [1] to [15] are the histories of the nodes of a nibble's tree.
struct Bucket {
  uint8_t bytes[16];
};

// The table that several ByteModels share.
struct BucketTable {
  Bucket* buckets = nullptr;
  uint32_t mask = 0;

  BucketTable(Arena& arena, unsigned bits)
      : buckets(arena.take<Bucket>(size_t{1} << bits)), mask((uint32_t{1} << bits) - 1) {}

  // The bucket of a context. One of two places, whichever holds it; if neither does, the one that
  // has seen less is emptied for it (the first, if both have seen the same).
  uint8_t* find(uint32_t context) {
    const auto check = static_cast<uint8_t>(context >> 24 | 1);
    const uint32_t at = context & mask;
    Bucket* first = &buckets[at];
    Bucket* second = &buckets[at ^ 1];
    // Which of both it is cannot be foretold by the processor: no branch on it.
    Bucket* found = first->bytes[0] != check && second->bytes[0] == check ? second : first;
    if (found->bytes[0] != check) {
      found = seen(*second) < seen(*first) ? second : first;
      *found = {};
      found->bytes[0] = check;
    }
    return found->bytes;
  }
  // Says that find(context) will follow soon.
  void prefetch(uint32_t context) const { __builtin_prefetch(&buckets[context & mask], 1); }

 private:
  static unsigned seen(const Bucket& bucket) {
    return (bucket.bytes[1] >> 4) + (bucket.bytes[1] & 15U);
  }
};

// What another model expects of the next byte.
struct Expectation {
  int value = -1;      // 0 to 255, or -1: nothing
  unsigned trust = 0;  // a class of such expectations, 0 to 63, that are right equally often
};

class ByteModel {
 public:
  static constexpr size_t most_contexts = model::mixer_inputs - 2;
  static constexpr size_t nodes_a = 32;
  static constexpr size_t sets_a = 8 * nodes_a;
  static constexpr size_t sets_b = 256;
  static constexpr size_t trusts = 64;

  // `salt` keeps the contexts of the models that share `table` apart.
  ByteModel(Arena& arena, BucketTable& table, uint32_t salt, int32_t rate)
      : table_(table),
        salt_(salt),
        maps_(arena.take<model::HistoryMap>(most_contexts)),
        trust_(arena.take<model::Counter>(trusts)),
        weights_(arena.take<model::Weights>(sets_a + sets_b)),
        mixer_(weights_, weights_ == nullptr ? 0 : sets_a,
               weights_ == nullptr ? nullptr : weights_ + sets_a, weights_ == nullptr ? 0 : sets_b,
               rate) {
    for (size_t i = 0; maps_ != nullptr && i < most_contexts; ++i) {
      maps_[i] = model::HistoryMap();
    }
    for (size_t i = 0; trust_ != nullptr && i < trusts; ++i) {
      trust_[i] = model::Counter::of(32768, 1);
    }
  }

  // Codes `byte` in `count` contexts. `situation` (0 to 7) and `b` (0 to 255) choose the weights.
  template <class Coder>
  uint8_t code(Coder& coder, uint8_t byte, const uint32_t* contexts, size_t count, size_t situation,
               size_t b, const Expectation& expected) {
    uint8_t* nodes[most_contexts];
    uint32_t made = 1;  // a one, then the bits so far
    for (unsigned bit_number = 8; bit_number-- > 0;) {
      if (bit_number == 7 || bit_number == 3) {
        uint32_t hashes[most_contexts];
        for (size_t i = 0; i < count; ++i) {
          const uint32_t salted = salt_ + static_cast<uint32_t>(i) * 0x3D4D51CBU;
          hashes[i] = model::hash(contexts[i], salted + (bit_number == 3 ? made : 0));
          table_.prefetch(hashes[i]);
        }
        for (size_t i = 0; i < count; ++i) {
          nodes[i] = table_.find(hashes[i]);
        }
      }
      const uint32_t node =
          bit_number >= 4 ? made
                          : (1U << (3 - bit_number)) | (made & ((1U << (3 - bit_number)) - 1));
      for (size_t i = 0; i < count; ++i) {
        const uint8_t state = nodes[i][node];
        mixer_.set(i, state == 0 ? 0 : model::stretch(maps_[i].counters[state].p()));
      }
      const bool expects =
          expected.value >= 0 &&
          (static_cast<uint32_t>(expected.value) | 256) >> (bit_number + 1) == made;
      const bool expected_bit = expects && (expected.value >> bit_number & 1) != 0;
      if (expects) {
        const int32_t trust = model::stretch(trust_[expected.trust].p());
        mixer_.set(count, expected_bit ? trust : -trust);
      } else {
        mixer_.set(count, 0);
      }
      mixer_.set(count + 1, 256);
      const bool bit =
          coder.code((byte >> bit_number & 1) != 0,
                     mixer_.predict(situation * nodes_a + node_set(made, bit_number), b, 32));
      mixer_.learn(bit);
      if (expects) {
        trust_[expected.trust].update(bit == expected_bit, 250);
      }
      for (size_t i = 0; i < count; ++i) {
        uint8_t& state = nodes[i][node];
        maps_[i].counters[state].update(bit, 255);
        state = model::history_table.next[state][bit ? 1 : 0];
      }
      made = made << 1 | (bit ? 1U : 0U);
    }
    return static_cast<uint8_t>(made);
  }

 private:
  // Which weights: by the node of the upper nibble, and in the lower one by the upper nibble.
  static size_t node_set(uint32_t made, unsigned bit_number) {
    return bit_number >= 4 ? made : 16 + (made >> (3 - bit_number) & 15);
  }

  BucketTable& table_;
  uint32_t salt_;
  model::HistoryMap* maps_;
  model::Counter* trust_;
  model::Weights* weights_;
  model::Mixer mixer_;
};

}  // namespace kerf::sliver

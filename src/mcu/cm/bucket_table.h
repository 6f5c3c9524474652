// A hashed table of bit histories: a bucket of 15 for each nibble of each context.
#pragma once

#include "mcu/cm/arena.h"

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

}  // namespace kerf::sliver

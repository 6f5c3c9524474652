#include "mcu/cm/interval_builder.h"

namespace kerf::sliver {

namespace {

// Whose word counts more: the longer one's, then the first one's.
bool before(const Cover* covers, uint32_t a, uint32_t b) {
  return covers[a].length != covers[b].length ? covers[a].length > covers[b].length : a < b;
}

// A heap whose root comes last.
void sift(const Cover* covers, uint32_t* order, uint32_t root, uint32_t count) {
  for (uint32_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
    if (child + 1 < count && before(covers, order[child], order[child + 1])) {
      ++child;
    }
    if (!before(covers, order[root], order[child])) {
      return;
    }
    const uint32_t moved = order[root];
    order[root] = order[child];
    order[child] = moved;
    root = child;
  }
}

void sort(const Cover* covers, uint32_t* order, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) {
    order[i] = i;
  }
  for (uint32_t i = count / 2; i-- > 0;) {
    sift(covers, order, i, count);
  }
  for (uint32_t left = count; left-- > 1;) {
    const uint32_t last = order[0];
    order[0] = order[left];
    order[left] = last;
    sift(covers, order, 0, left);
  }
}

}  // namespace

uint32_t build_intervals(const Cover* covers, uint32_t count, uint32_t* order, Interval* out) {
  sort(covers, order, count);
  uint32_t made = 0;
  for (uint32_t i = 0; i < count; ++i) {
    // Each cover takes what those before it have left of its bytes.
    const Cover& cover = covers[order[i]];
    uint32_t position = cover.from;
    const uint32_t end = cover.from + cover.length;
    uint32_t at = 0;
    for (uint32_t high = made; at < high;) {
      const uint32_t middle = at + (high - at) / 2;
      if (out[middle].from + out[middle].length <= position) {
        at = middle + 1;
      } else {
        high = middle;
      }
    }
    for (; position < end; ++at) {
      const uint32_t stop = at < made && out[at].from < end ? out[at].from : end;
      if (stop > position) {
        for (uint32_t k = made; k > at; --k) {
          out[k] = out[k - 1];
        }
        out[at++] = {position, stop - position, cover.to - cover.from};
        ++made;
      }
      if (at >= made || stop == end) {
        break;
      }
      position = out[at].from + out[at].length;
    }
  }
  return made;
}

}  // namespace kerf::sliver

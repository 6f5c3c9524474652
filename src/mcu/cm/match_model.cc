#include "mcu/cm/match_model.h"

namespace kerf::sliver {

namespace {

constexpr uint64_t low4 = 0xFFFFFFFF;
constexpr uint64_t low3 = 0xFFFFFF;

}  // namespace

OldIndex::OldIndex(Arena& arena, unsigned index_bits)
    : behind4(arena.take<uint32_t>(size_t{1} << index_bits)),
      next2(arena.take<uint8_t>(65536)),
      next3(arena.take<uint8_t>(size_t{1} << index_bits)),
      bits(index_bits) {}

void OldIndex::add(const uint8_t* bytes, size_t size, uint32_t position) {
  // The eight bytes before the present one, the latest lowest.
  uint64_t last = 0;
  if (position > 0) {
    for (int i = 8; i > 0; --i) {
      last = last << 8 | *(bytes - i);
    }
  }
  for (size_t i = 0; i < size; ++i, ++position) {
    if (position >= 8) {
      behind4[hash_of_string(last & low4, bits)] = position;
      next2[last & 0xFFFF] = bytes[i];
      next3[hash_of_string(last & low3, bits)] = bytes[i];
    }
    last = last << 8 | bytes[i];
  }
}

MatchModel::MatchModel(Arena& arena, unsigned bits, const OldIndex& old_index,
                       const refs::Reader& old_file, const uint8_t* made)
    : old_index_(old_index),
      old_file_(old_file),
      made_(made),
      bits_(bits),
      behind4_(arena.take<uint32_t>(bits == 0 ? 0 : size_t{1} << bits)) {}

uint64_t MatchModel::last8(uint32_t position) const {
  uint64_t last = 0;
  for (uint32_t i = 8; i > 0; --i) {
    last = last << 8 | made_[position - i];
  }
  return last;
}

unsigned MatchModel::length_in_window(uint32_t position, uint32_t behind) const {
  unsigned length = 0;
  while (length < longest && length < behind &&
         made_[behind - 1 - length] == made_[position - 1 - length]) {
    ++length;
  }
  return length;
}

unsigned MatchModel::length_in_old(uint32_t position, uint32_t behind) {
  uint8_t bytes[longest];
  uint32_t size = position < longest ? position : longest;
  size = behind < size ? behind : size;
  if (behind >= old_file_.size || !old_file_.read(old_file_.context, behind - size, bytes, size)) {
    failed_ = failed_ || behind < old_file_.size;
    return 0;
  }
  unsigned length = 0;
  while (length < size && bytes[size - 1 - length] == made_[position - 1 - length]) {
    ++length;
  }
  return length;
}

void MatchModel::look_up(uint32_t position) {
  const uint64_t last = last8(position);
  const auto take = [&](bool in_old, uint32_t behind) {
    if (behind == 0 || length_ >= longest) {
      return;
    }
    const unsigned length =
        in_old ? length_in_old(position, behind) : length_in_window(position, behind);
    if (length >= shortest && length > length_) {
      length_ = length;
      in_old_ = in_old;
      at_ = behind;
    }
  };
  if (bits_ != 0) {
    take(false, behind4_[hash_of_string(last & low4, bits_)]);
  }
  if (old_index_.bits != 0) {
    take(true, old_index_.behind4[hash_of_string(last & low4, old_index_.bits)]);
  }
  ahead_size_ = 0;
}

int MatchModel::old_byte(uint32_t position) {
  if (position >= old_file_.size) {
    return -1;
  }
  if (position < ahead_begin_ || position - ahead_begin_ >= ahead_size_) {
    const uint32_t left = old_file_.size - position;
    ahead_begin_ = position;
    ahead_size_ = left < sizeof ahead_ ? left : static_cast<uint32_t>(sizeof ahead_);
    if (!old_file_.read(old_file_.context, position, ahead_, ahead_size_)) {
      failed_ = true;
      ahead_size_ = 0;
      return -1;
    }
  }
  return ahead_[position - ahead_begin_];
}

int MatchModel::expect(uint32_t position) {
  if (length_ == 0 && position >= 8 && (bits_ != 0 || old_index_.bits != 0)) {
    look_up(position);
  }
  if (length_ == 0) {
    return -1;
  }
  const int byte = in_old_ ? old_byte(at_) : at_ < position ? int{made_[at_]} : -1;
  if (byte < 0) {
    length_ = 0;
  }
  return byte;
}

void MatchModel::update(uint32_t position) {
  if (length_ > 0) {
    const int expected = in_old_ ? old_byte(at_) : int{made_[at_]};
    if (expected == int{made_[position]}) {
      ++at_;
      length_ += length_ < longest ? 1 : 0;
    } else {
      length_ = 0;
    }
  }
  if (bits_ != 0 && position >= 7) {
    const uint64_t last = last8(position + 1);
    behind4_[hash_of_string(last & low4, bits_)] = position + 1;
  }
}

void MatchModel::followers(uint32_t position, uint32_t& after2, uint32_t& after3) const {
  after2 = 0;
  after3 = 0;
  if (old_index_.bits == 0 || position < 3) {
    return;
  }
  const uint32_t last = static_cast<uint32_t>(made_[position - 3]) << 16 |
                        static_cast<uint32_t>(made_[position - 2]) << 8 | made_[position - 1];
  after2 = old_index_.next2[last & 0xFFFF];
  after3 = old_index_.next3[hash_of_string(last, old_index_.bits)];
}

}  // namespace kerf::sliver

#include "patch/vcdiff/write_window.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>

#include "patch/vcdiff/address_cache.h"
#include "patch/vcdiff/adler32.h"
#include "patch/vcdiff/header.h"
#include "patch/vcdiff/number.h"

namespace kerf::vcdiff {

namespace {

// A way to say an address.
struct Address {
  std::uint64_t value = 0;  // of the SAME modes: the byte
  std::uint8_t mode = 0;
  std::uint8_t bytes = std::numeric_limits<std::uint8_t>::max();
};

// The cheapest ways for one copy: over all modes, and over those that pairs with longer copies
// have.
struct Addresses {
  Address any;
  Address no_same;
};

Addresses choose_address(const AddressCache& cache, std::uint64_t address, std::uint64_t here) {
  Addresses best;
  const auto offer = [&](unsigned mode, std::uint64_t value) {
    const auto bytes = static_cast<std::uint8_t>(number_size(value));
    if (bytes < best.no_same.bytes) {
      best.no_same = {value, static_cast<std::uint8_t>(mode), bytes};
    }
  };
  offer(0, address);
  offer(1, here - address);
  for (unsigned slot = 0; slot < near_slots; ++slot) {
    if (cache.near(slot) <= address) {
      offer(first_near_mode + slot, address - cache.near(slot));
    }
  }
  best.any = best.no_same;
  const auto slot = static_cast<std::size_t>(address % AddressCache::same_size);
  if (best.any.bytes > 1 && cache.same(slot) == address) {
    best.any = {slot % 256, static_cast<std::uint8_t>(first_same_mode + slot / 256), 1};
  }
  return best;
}

constexpr std::uint64_t longest_add_code = 17;
constexpr std::uint64_t shortest_copy_code = 4;
constexpr std::uint64_t longest_copy_code = 18;

unsigned single_code(const Instruction& instruction, unsigned mode) {
  switch (instruction.type) {
    case Type::run:
      return 0;
    case Type::add:
      return instruction.length <= longest_add_code ? 1U + static_cast<unsigned>(instruction.length)
                                                    : 1U;
    default: {
      const bool coded =
          instruction.length >= shortest_copy_code && instruction.length <= longest_copy_code;
      return 19 + mode * 16 + (coded ? static_cast<unsigned>(instruction.length) - 3 : 0);
    }
  }
}

constexpr unsigned no_pair = 256;

// The code of an add and a copy behind it, or no_pair.
unsigned add_copy_code(std::uint64_t added, std::uint64_t copied, unsigned mode) {
  const unsigned longest = mode < first_same_mode ? 6 : 4;
  if (added > 4 || copied < shortest_copy_code || copied > longest) {
    return no_pair;
  }
  const auto a = static_cast<unsigned>(added) - 1;
  const auto c = static_cast<unsigned>(copied) - 4;
  return mode < first_same_mode ? 163 + mode * 12 + a * 3 + c
                                : 235 + (mode - first_same_mode) * 4 + a;
}

unsigned copy_add_code(std::uint64_t copied, std::uint64_t added, unsigned mode) {
  return copied == 4 && added == 1 ? 247 + mode : no_pair;
}

class Encoder {
 public:
  Encoder(Bytes window, std::span<const Instruction> instructions, const Form& form)
      : window_(window),
        instructions_(instructions),
        form_(form),
        data_to_(form.interleaved ? codes_ : data_),
        addresses_to_(form.interleaved ? codes_ : addresses_out_) {}
  Encoder(const Encoder&) = delete;

  void run(std::vector<std::uint8_t>& out) {
    find_segment();
    find_addresses();
    find_pairs();
    emit();
    write(out);
  }

 private:
  void find_segment() {
    std::uint64_t start = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t end = 0;
    for (const Instruction& instruction : instructions_) {
      if (instruction.type == Type::copy && instruction.from_source) {
        start = std::min(start, instruction.from);
        end = std::max(end, instruction.from + instruction.length);
      }
    }
    segment_ = end == 0 ? Extent{0, 0} : Extent{start, end - start};
  }

  void find_addresses() {
    AddressCache cache;
    std::uint64_t here = segment_.length;
    addresses_.reserve(instructions_.size());
    for (const Instruction& instruction : instructions_) {
      Addresses best;
      if (instruction.type == Type::copy) {
        const std::uint64_t address = instruction.from_source ? instruction.from - segment_.offset
                                                              : instruction.from + segment_.length;
        best = choose_address(cache, address, here);
        cache.update(address);
      }
      addresses_.push_back(best);
      here += instruction.length;
    }
  }

  // Bytes of code, size and address of instruction `i` on its own.
  std::uint64_t single_cost(std::size_t i) const {
    const Instruction& instruction = instructions_[i];
    const std::uint64_t length = instruction.length;
    const std::uint64_t with_size = 1 + number_size(length);
    switch (instruction.type) {
      case Type::run:
        return with_size;
      case Type::add:
        return length <= longest_add_code ? 1 : with_size;
      default:
        return (length >= shortest_copy_code && length <= longest_copy_code ? 1 : with_size) +
               addresses_[i].any.bytes;
    }
  }

  struct Pair {
    unsigned code = no_pair;
    Address address;
  };

  // Instructions `i` and `i + 1` in one code, if there is one.
  Pair pair(std::size_t i) const {
    const Instruction& first = instructions_[i];
    const Instruction& second = instructions_[i + 1];
    Pair best;
    const auto offer = [&](unsigned code, const Address& address) {
      if (code != no_pair && (best.code == no_pair || address.bytes < best.address.bytes)) {
        best = {code, address};
      }
    };
    if (first.type == Type::add && second.type == Type::copy) {
      const Addresses& addresses = addresses_[i + 1];
      for (const Address& address : {addresses.any, addresses.no_same}) {
        offer(add_copy_code(first.length, second.length, address.mode), address);
      }
    } else if (first.type == Type::copy && second.type == Type::add) {
      const Address& address = addresses_[i].any;
      offer(copy_add_code(first.length, second.length, address.mode), address);
    }
    return best;
  }

  // Which neighbours to pair, at the least cost in all: each instruction is in one pair at most.
  void find_pairs() {
    const std::size_t count = instructions_.size();
    paired_.assign(count, false);
    std::vector<bool> pair_ends(count + 1, false);
    std::uint64_t before = 0;  // cost up to i - 1
    std::uint64_t cost = 0;    // cost up to i
    for (std::size_t i = 0; i < count; ++i) {
      std::uint64_t next = cost + single_cost(i);
      if (i > 0) {
        const Pair both = pair(i - 1);
        if (both.code != no_pair && before + 1 + both.address.bytes < next) {
          next = before + 1 + both.address.bytes;
          pair_ends[i + 1] = true;
        }
      }
      before = cost;
      cost = next;
    }
    for (std::size_t i = count; i > 0;) {
      if (pair_ends[i]) {
        paired_[i - 2] = true;
        i -= 2;
      } else {
        --i;
      }
    }
  }

  void put_address(const Address& address) {
    if (address.mode >= first_same_mode) {
      addresses_to_.push_back(static_cast<std::uint8_t>(address.value));
    } else {
      append_number(addresses_to_, address.value);
    }
  }

  void put_data(const Instruction& instruction) {
    const Bytes bytes = window_.subspan(
        made_, instruction.type == Type::add ? static_cast<std::size_t>(instruction.length) : 1);
    data_to_.insert(data_to_.end(), bytes.begin(), bytes.end());
  }

  void put_single(std::size_t i) {
    const Instruction& instruction = instructions_[i];
    const unsigned code = single_code(instruction, addresses_[i].any.mode);
    codes_.push_back(static_cast<std::uint8_t>(code));
    if (default_table[code].first.size == 0) {
      append_number(codes_, instruction.length);
    }
    if (instruction.type == Type::copy) {
      put_address(addresses_[i].any);
    } else {
      put_data(instruction);
    }
  }

  void emit() {
    for (std::size_t i = 0; i < instructions_.size(); ++i) {
      if (!paired_[i]) {
        put_single(i);
        made_ += static_cast<std::size_t>(instructions_[i].length);
        continue;
      }
      const Pair both = pair(i);
      codes_.push_back(static_cast<std::uint8_t>(both.code));
      for (const std::size_t half : {i, i + 1}) {
        if (instructions_[half].type == Type::add) {
          put_data(instructions_[half]);
        } else {
          put_address(both.address);
        }
        made_ += static_cast<std::size_t>(instructions_[half].length);
      }
      ++i;
    }
    assert(made_ == window_.size());
  }

  void append_checksum(std::vector<std::uint8_t>& fields) const {
    if (form_.sdch) {
      append_number(fields, adler32(sdch_checksum_start, window_));
      return;
    }
    const std::uint32_t sum = adler32(checksum_start, window_);
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
      fields.push_back(static_cast<std::uint8_t>(sum >> shift));
    }
  }

  void write(std::vector<std::uint8_t>& out) const {
    std::vector<std::uint8_t> fields;
    append_number(fields, window_.size());
    fields.push_back(0);  // delta indicator
    append_number(fields, data_.size());
    append_number(fields, codes_.size());
    append_number(fields, addresses_out_.size());
    if (form_.checksum) {
      append_checksum(fields);
    }
    const unsigned checksum = form_.checksum ? window_checksum : 0U;
    if (segment_.length > 0) {
      out.push_back(static_cast<std::uint8_t>(checksum | window_source));
      append_number(out, segment_.length);
      append_number(out, segment_.offset);
    } else {
      out.push_back(static_cast<std::uint8_t>(checksum));
    }
    append_number(out, fields.size() + data_.size() + codes_.size() + addresses_out_.size());
    for (const Bytes part : {Bytes(fields), Bytes(data_), Bytes(codes_), Bytes(addresses_out_)}) {
      out.insert(out.end(), part.begin(), part.end());
    }
  }

  Bytes window_;
  std::span<const Instruction> instructions_;
  const Form& form_;
  Extent segment_;
  std::vector<Addresses> addresses_;
  std::vector<bool> paired_;  // with the next one
  std::size_t made_ = 0;
  std::vector<std::uint8_t> data_;
  std::vector<std::uint8_t> codes_;
  std::vector<std::uint8_t> addresses_out_;
  // Where data and addresses go.
  std::vector<std::uint8_t>& data_to_;
  std::vector<std::uint8_t>& addresses_to_;
};

}  // namespace

std::vector<std::uint8_t> file_header(const Form& form) {
  std::vector<std::uint8_t> header(magic.begin(), magic.end());
  header.push_back(form.sdch ? sdch_version : std::uint8_t{0});
  header.push_back(0);  // header indicator
  return header;
}

void encode_window(Bytes window, std::span<const Instruction> instructions, const Form& form,
                   std::vector<std::uint8_t>& out) {
  Encoder(window, instructions, form).run(out);
}

}  // namespace kerf::vcdiff

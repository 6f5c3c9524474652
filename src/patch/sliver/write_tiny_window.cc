#include "patch/sliver/write_tiny_window.h"

#include <array>
#include <cmath>
#include <cstring>

#include "model/range_coder.h"

namespace kerf::sliver::tiny {

namespace {

struct BitWriter {
  static constexpr bool learns = true;
  model::RangeEncoder<std::vector<std::uint8_t>>& encoder;
  PriceCoder prices{};
  bool bit(bool value, std::uint32_t p) {
    prices.bit(value, p);
    return encoder.code_at(value, (encoder.range() >> 12) * p);
  }
};

mcu::OldFile old_file(const Files& files) {
  return {[](void* context, std::uint32_t offset, std::uint8_t* out, std::uint32_t size) {
            std::memcpy(out, static_cast<const std::uint8_t*>(context) + offset, size);
            return true;
          },
          const_cast<std::uint8_t*>(files.from.data()),
          static_cast<std::uint32_t>(files.from.size())};
}

template <class Coder>
class Covers {
 public:
  Covers(const Files& files, Machine& machine, Coder& coder)
      : files_(files),
        machine_(machine),
        stream_(machine.models, machine.cursor, coder),
        old_(old_file(files)) {}

  void code(std::uint32_t from, std::uint32_t to, std::uint32_t length) {
    while (length > 0) {
      machine_.window.load(old_, files_.image.view(), from);
      const mcu::Unit unit = mcu::next_unit(machine_.window, from, length);
      if (unit.field != nullptr) {
        field(*unit.field, to);
      } else {
        group(from, to, unit.size);
      }
      from += unit.size;
      to += unit.size;
      length -= unit.size;
    }
  }

 private:
  void field(const refs::Field& field, std::uint32_t to) {
    const std::uint8_t* fresh = files_.to.data() + to;
    const std::uint8_t* old_bytes = machine_.window.at(field.position);
    mcu::Guess guess;
    machine_.predictor.predict(files_.image, field, old_bytes, to, guess);
    unsigned outcome = 3;
    std::uint32_t error = 0;
    for (unsigned i = guess.count; i-- > 0;) {
      if (std::memcmp(fresh, guess.bytes[i], field.width) == 0) {
        outcome = i;
      }
    }
    if (outcome == 3 && find_error(field, guess, old_bytes, fresh, error)) {
      outcome = 2;
    }
    stream_.field_outcome(guess, outcome);
    if (outcome == 2) {
      stream_.field_error(error);
    } else if (outcome == 3) {
      bool wrong = false;
      for (unsigned i = 0; i < field.width; ++i) {
        if (!stream_.field_byte(i, wrong, fresh[i] == guess.bytes[0][i])) {
          stream_.other_byte(true, guess.bytes[0][i], fresh[i]);
          wrong = true;
        }
      }
    }
    machine_.cursor.note(outcome > 0);
    machine_.predictor.learn(files_.image, field, guess, fresh);
  }

  // The error that makes exactly the new bytes, if there is one.
  bool find_error(const refs::Field& field, const mcu::Guess& guess, const std::uint8_t* old_bytes,
                  const std::uint8_t* fresh, std::uint32_t& error) const {
    const std::uint64_t mask = files_.image.address_mask();
    std::uint64_t target = 0;
    if (!refs::extract(field.kind, fresh, guess.base, guess.target[0], mask, target)) {
      return false;
    }
    const auto distance = static_cast<std::int32_t>(target - guess.target[0]);
    error = static_cast<std::uint32_t>(distance >> mcu::unit_of(field.kind));
    if (error == 0) {
      return false;
    }
    std::array<std::uint8_t, refs::max_field_width> made{};
    refs::place(field.kind, old_bytes, mcu::corrected(files_.image, field, guess, error),
                guess.base, made.data());
    return std::memcmp(made.data(), fresh, field.width) == 0;
  }

  void group(std::uint32_t from, std::uint32_t to, std::uint32_t size) {
    const std::uint8_t* old_bytes = machine_.window.at(from);
    const std::uint8_t* fresh = files_.to.data() + to;
    const bool equal = std::memcmp(old_bytes, fresh, size) == 0;
    stream_.group(size, equal);
    unsigned wrong = 0;
    for (unsigned i = 0; i < size && !equal; ++i) {
      const bool forced = i + 1 == size && wrong == 0;
      if (forced || !stream_.byte_equal(i, wrong, old_bytes[i] == fresh[i])) {
        stream_.other_byte(false, old_bytes[i], fresh[i]);
        ++wrong;
      }
    }
    machine_.cursor.note(!equal);
  }

  const Files& files_;
  Machine& machine_;
  mcu::Stream<Coder> stream_;
  mcu::OldFile old_;
};

}  // namespace

void Machine::reset() {
  models.reset();
  predictor.reset();
  window.reset();
  cursor.reset();
}

template <class Coder>
void code_operation(const Files& files, Machine& machine, Coder& coder,
                    const Operation& operation) {
  mcu::Cursor& cursor = machine.cursor;
  mcu::Stream<Coder> stream(machine.models, cursor, coder);
  stream.op(operation.op);
  switch (operation.op) {
    case mcu::Op::literal:
      stream.literal(files.to[operation.to]);
      cursor.after_literal();
      break;
    case mcu::Op::match: {
      bool from_old = operation.from_old;
      stream.match_source(from_old, operation.to, operation.from);
      stream.match_length(from_old, operation.length);
      cursor.after_match(from_old, operation.from, operation.to, operation.length);
      break;
    }
    case mcu::Op::cover:
      stream.cover_from(operation.to, operation.from);
      stream.cover_length(stream.repeats(), operation.length);
      Covers<Coder>(files, machine, coder).code(operation.from, operation.to, operation.length);
      cursor.after_cover(operation.from + operation.length);
      break;
  }
  cursor.last_byte = files.to[operation.to + operation.length - 1];
}

std::vector<std::uint8_t> encode_window(const Files& files, std::span<const Operation> operations,
                                        Machine& machine, std::vector<std::uint32_t>& prices) {
  std::vector<std::uint8_t> section;
  model::RangeEncoder<std::vector<std::uint8_t>> encoder(section);
  BitWriter writer{encoder};
  machine.reset();
  for (const Operation& operation : operations) {
    writer.prices.price = 0;
    code_operation(files, machine, writer, operation);
    prices.push_back(static_cast<std::uint32_t>(writer.prices.price));
  }
  encoder.finish();
  return section;
}

bool PriceCoder::bit(bool value, std::uint32_t p) {
  static const auto prices = [] {
    std::array<std::uint32_t, 4097> made{};
    for (std::size_t i = 1; i < made.size(); ++i) {
      made[i] = static_cast<std::uint32_t>(std::lround(256 * std::log2(4096.0 / double(i))));
    }
    return made;
  }();
  price += prices[value ? p : 4096 - p];
  return value;
}

template void code_operation(const Files&, Machine&, PriceCoder&, const Operation&);

}  // namespace kerf::sliver::tiny

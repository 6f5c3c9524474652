#include "codec/deflate/correct_model.h"

#include <vector>

#include "codec/deflate/huffman.h"

namespace kerf::deflate {
namespace {

enum Run : unsigned { kPlain = 0, kRepeat = 1, kZeros = 2, kManyZeros = 3 };

// How the run ahead may be written: which of the four, as the context of the choice.
unsigned run_class(unsigned ahead, bool zeros) {
  const unsigned size = ahead < 7 ? 0 : ahead < 11 ? 1 : ahead < 139 ? 2 : 3;
  return 2 * size + (zeros ? 1 : 0);
}

struct RunForm {
  unsigned code;
  unsigned least, most;
};

RunForm form_of(unsigned choice) {
  switch (choice) {
    case kRepeat:
      return {16, 3, 6};
    case kZeros:
      return {17, 3, 10};
    default:
      return {18, 11, 138};
  }
}

}  // namespace

template <class Coder>
bool Corrections::lengths(Coder& coder, std::span<const std::uint8_t> foreseen,
                          unsigned foreseen_count, unsigned least, std::span<std::uint8_t> actual,
                          unsigned& count) {
  if (same_lengths_count_.code(coder, count == foreseen_count)) {
    count = foreseen_count;
  } else {
    count = least + lengths_count_.code(coder, count - least);
    if (count > actual.size()) {
      return false;
    }
  }
  unsigned drift = 0;  // of the symbol before: 0 as foreseen, 1 longer, 2 shorter
  for (unsigned symbol = 0; symbol < count; ++symbol) {
    const unsigned expected = foreseen[symbol];
    const unsigned length = code_length_[expected][drift].code(coder, actual[symbol]);
    actual[symbol] = static_cast<std::uint8_t>(length);
    drift = length == expected ? 0 : length > expected ? 1 : 2;
  }
  return true;
}

// The symbols that write the lengths down.
template <class Coder>
bool Corrections::header(Coder& coder, DynamicCodes& codes) {
  std::vector<std::uint8_t> lengths(codes.literal_lengths.begin(),
                                    codes.literal_lengths.begin() + codes.literals);
  lengths.insert(lengths.end(), codes.distance_lengths.begin(),
                 codes.distance_lengths.begin() + codes.distances);
  const std::vector<LengthSymbol> usual = usual_header(codes);
  if (usual_header_.code(coder, codes.header == usual)) {
    codes.header = usual;
    return true;
  }
  std::vector<LengthSymbol> symbols;
  std::size_t next = 0;  // of the actual ones, while encoding
  for (std::size_t at = 0; at < lengths.size();) {
    const std::uint8_t value = lengths[at];
    std::size_t end = at + 1;
    while (end < lengths.size() && lengths[end] == value) {
      ++end;
    }
    const auto ahead = static_cast<unsigned>(end - at);
    const LengthSymbol actual = next < codes.header.size() ? codes.header[next] : LengthSymbol{};
    ++next;
    unsigned choice = kPlain;
    if (ahead >= 3) {
      choice = run_[run_class(ahead, value == 0)].code(
          coder, actual.code < 16 ? unsigned{kPlain} : actual.code - 15U);
    }
    if (choice == kPlain) {
      symbols.push_back({value, 0});
      ++at;
      continue;
    }
    const RunForm form = form_of(choice);
    const unsigned extra = run_extra_.code(coder, actual.extra);
    if (form.least + extra > std::min(form.most, ahead) || (choice != kRepeat && value != 0) ||
        (choice == kRepeat && (at == 0 || lengths[at - 1] != value))) {
      return false;
    }
    symbols.push_back({static_cast<std::uint8_t>(form.code), static_cast<std::uint8_t>(extra)});
    at += form.least + extra;
  }
  codes.header = std::move(symbols);
  return true;
}

template <class Coder>
bool Corrections::codes(Coder& coder, BlockType foreseen, const DynamicCodes& foreseen_codes,
                        BlockType& type, DynamicCodes& codes) {
  const BlockType other = foreseen == BlockType::fixed ? BlockType::dynamic : BlockType::fixed;
  type = same_type_.code(coder, type == foreseen) ? foreseen : other;
  if (type == BlockType::fixed) {
    return true;
  }
  if (same_codes_.code(coder, codes == foreseen_codes)) {
    codes = foreseen_codes;
    return true;
  }
  if (!lengths(coder, foreseen_codes.literal_lengths, foreseen_codes.literals, 257,
               codes.literal_lengths, codes.literals) ||
      !lengths(coder, foreseen_codes.distance_lengths, foreseen_codes.distances, 1,
               codes.distance_lengths, codes.distances) ||
      !header(coder, codes)) {
    return false;
  }
  DynamicCodes usual = codes;
  derive_length_codes(usual);
  if (same_length_codes_.code(coder, usual == codes)) {
    codes = std::move(usual);
    return true;
  }
  codes.length_codes =
      std::min(4 + length_code_count_.code(coder, codes.length_codes - 4), unsigned{kLengthCodes});
  for (unsigned at = 0; at < kLengthCodes; ++at) {
    codes.length_code_lengths[at] =
        static_cast<std::uint8_t>(length_code_length_[usual.length_code_lengths[at]].code(
            coder, codes.length_code_lengths[at]));
  }
  return true;
}

template bool Corrections::codes(model::RangeEncoder<std::vector<std::uint8_t>>&, BlockType,
                                 const DynamicCodes&, BlockType&, DynamicCodes&);
template bool Corrections::codes(model::RangeDecoder&, BlockType, const DynamicCodes&, BlockType&,
                                 DynamicCodes&);

}  // namespace kerf::deflate

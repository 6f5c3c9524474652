#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/extent.h"
#include "base/hash.h"
#include "base/observer.h"
#include "base/result.h"

namespace kerf {
namespace {

using Vector = std::vector<std::uint8_t>;

// ---- errors

TEST(Error, TextHasPlaceSentenceAndOffset) {
  const Error error =
      Error(Code::corrupt, "negative length").at(7).in("inode table").in("root.img");
  EXPECT_EQ(error.text(), "root.img: inode table: negative length @7");
  EXPECT_EQ(error.what(), "negative length");
  EXPECT_EQ(error.code(), Code::corrupt);
}

TEST(Error, TextWithoutPlaceAndOffset) {
  EXPECT_EQ(Error(Code::bug, "odd").text(), "odd");
  EXPECT_EQ(Error(Code::bug, "odd").at(0).text(), "odd @0");
}

TEST(Error, InnermostOffsetWins) {
  const Error error = Error(Code::corrupt, "bad").at(3).in("inner").at(99);
  EXPECT_EQ(error.offset(), 3U);
}

TEST(Error, EveryCodeHasItsOwnName) {
  std::vector<std::string> names;
  for (int number = 1; number <= 9; ++number) {
    names.emplace_back(code_name(static_cast<Code>(number)));
  }
  EXPECT_EQ(names, (std::vector<std::string>{"truncated", "corrupt", "unsupported", "limit",
                                             "mismatch", "io", "denied", "cancelled", "bug"}));
}

Result<int> half(int value) {
  if (value % 2 != 0) {
    return Error(Code::corrupt, "odd number").at(static_cast<std::uint64_t>(value));
  }
  return value / 2;
}

Result<std::string> quarter_text(int value) {
  TRY_ASSIGN(const int once, half(value));
  TRY_ASSIGN(const int twice, half(once));
  return std::to_string(twice);
}

Status check_quarter(int value) {
  TRY(quarter_text(value));
  return {};
}

TEST(Result, ValuesAndErrorsTravel) {
  EXPECT_EQ(*quarter_text(12), "3");
  const auto failed = quarter_text(6);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().text(), "odd number @3");
  EXPECT_TRUE(check_quarter(8));
  EXPECT_EQ(check_quarter(7).error().offset(), 7U);
}

TEST(Result, MovesItsValueOut) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(5));
  Result<std::unique_ptr<int>> moved(std::move(result));
  ASSERT_TRUE(moved);
  const std::unique_ptr<int> value = *std::move(moved);
  EXPECT_EQ(*value, 5);
}

TEST(Result, MovesItsErrorOut) {
  Result<std::string> result(Error(Code::limit, "too much"));
  Result<std::string> moved(std::move(result));
  ASSERT_FALSE(moved.has_value());
  const Error error = std::move(moved).error();
  EXPECT_EQ(error.code(), Code::limit);
}

// ---- cursors

TEST(ByteReader, ReadsFieldsLittleEndianAtAnyAlignment) {
  const Vector bytes{0xFF, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
  ByteReader reader(bytes, 100);
  EXPECT_EQ(reader.u8(), 0xFFU);
  EXPECT_EQ(reader.le16(), 0x0201U);
  EXPECT_EQ(reader.le32(), 0x06050403U);
  EXPECT_EQ(reader.offset(), 107U);
  EXPECT_EQ(reader.le64(), 0x0E0D0C0B0A090807U);
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_TRUE(reader.status());
}

TEST(ByteReader, FailureIsSticky) {
  const Vector bytes{1, 2, 3, 4, 5, 6};
  ByteReader reader(bytes, 10);
  EXPECT_EQ(reader.le32(), 0x04030201U);
  EXPECT_EQ(reader.le32(), 0U);  // two bytes are left
  EXPECT_EQ(reader.u8(), 0U);    // would fit, but comes after the failure
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_TRUE(reader.take(0).empty());
  const Status status = reader.status();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::truncated);
  EXPECT_EQ(status.error().offset(), 14U);
  EXPECT_NE(status.error().what().find("4 more bytes"), std::string::npos);
  EXPECT_NE(status.error().what().find("2 left"), std::string::npos);
}

TEST(ByteReader, TakeAndSkip) {
  const Vector bytes{1, 2, 3, 4};
  ByteReader reader(bytes);
  reader.skip(1);
  const Bytes view = reader.take(2);
  EXPECT_EQ(Vector(view.begin(), view.end()), (Vector{2, 3}));
  EXPECT_EQ(reader.take(1).size(), 1U);
  EXPECT_TRUE(reader.take(0).empty());
  EXPECT_TRUE(reader.status());
  EXPECT_TRUE(reader.take(std::numeric_limits<std::size_t>::max()).empty());
  EXPECT_FALSE(reader.status());
}

TEST(ByteReader, EmptyInput) {
  ByteReader reader{Bytes()};
  EXPECT_TRUE(reader.status());
  EXPECT_EQ(reader.le64(), 0U);
  EXPECT_EQ(reader.status().error().offset(), 0U);
}

TEST(ByteWriter, WritesWhatTheReaderReads) {
  ByteWriter writer;
  writer.u8(0x80);
  writer.le16(0xABCD);
  writer.le32(0xDEADBEEF);
  writer.le64(0x8000000000000001);
  writer.bytes(as_bytes("end"));
  EXPECT_EQ(writer.size(), 18U);
  ByteReader reader(writer.view());
  EXPECT_EQ(reader.u8(), 0x80U);
  EXPECT_EQ(reader.le16(), 0xABCDU);
  EXPECT_EQ(reader.le32(), 0xDEADBEEFU);
  EXPECT_EQ(reader.le64(), 0x8000000000000001U);
  EXPECT_EQ(to_hex(reader.take(3)), "656e64");
  EXPECT_EQ(std::move(writer).take().size(), 18U);
}

// ---- hexadecimal

TEST(Hex, BothWays) {
  const Vector bytes{0x00, 0x0F, 0xF0, 0xFF, 0x9A};
  EXPECT_EQ(to_hex(bytes), "000ff0ff9a");
  EXPECT_EQ(*from_hex("000ff0ff9a"), bytes);
  EXPECT_EQ(*from_hex("000FF0FF9A"), bytes);
  EXPECT_TRUE(from_hex("")->empty());
}

TEST(Hex, RefusesWhatIsNone) {
  EXPECT_EQ(from_hex("123").error().offset(), 3U);
  // The neighbours of each range of digits.
  for (const char wrong : {'/', ':', '@', 'G', '`', 'g', ' ', '\0'}) {
    const std::string first{'0', '0', wrong, '0'};
    const std::string second{'0', '0', '0', wrong};
    EXPECT_EQ(from_hex(first).error().offset(), 2U) << static_cast<int>(wrong);
    EXPECT_EQ(from_hex(second).error().offset(), 3U) << static_cast<int>(wrong);
  }
}

// ---- SHA-256 (vectors of FIPS 180-4 and NIST's example files)

TEST(Sha256, KnownAnswers) {
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(to_hex(sha256(Vector(1000000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnTheCuts) {
  Vector bytes(300);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(i * 7);
  }
  const Sha256 whole = sha256(bytes);
  for (const std::size_t step : {1U, 55U, 63U, 64U, 65U, 299U}) {
    Sha256Hasher hasher;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      hasher.update(Bytes(bytes).subspan(at, std::min(step, bytes.size() - at)));
      hasher.update({});
    }
    EXPECT_EQ(hasher.finish(), whole) << step;
  }
}

TEST(Sha256, HasherMoves) {
  Sha256Hasher first;
  first.update(as_bytes("ab"));
  Sha256Hasher second(std::move(first));
  second.update(as_bytes("c"));
  EXPECT_EQ(second.finish(), sha256(as_bytes("abc")));
}

TEST(Sha256, Parse) {
  const Sha256 digest = sha256(as_bytes("abc"));
  EXPECT_EQ(*parse_sha256(to_hex(digest)), digest);
  EXPECT_EQ(parse_sha256(to_hex(digest).substr(2)).error().code(), Code::corrupt);
  EXPECT_FALSE(parse_sha256(to_hex(digest) + "00"));
  EXPECT_FALSE(parse_sha256(""));
  std::string wrong = to_hex(digest);
  wrong[40] = 'x';
  EXPECT_EQ(parse_sha256(wrong).error().offset(), 40U);
}

// ---- arithmetic on input

TEST(Checked, AddAndMultiply) {
  constexpr std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(checked_add(max - 1, std::uint64_t{1}), max);
  EXPECT_EQ(checked_add(max, std::uint64_t{1}), std::nullopt);
  EXPECT_EQ(checked_add(std::uint8_t{255}, std::uint8_t{1}), std::nullopt);
  EXPECT_EQ(checked_mul(max / 3, std::uint64_t{3}), max);
  EXPECT_EQ(checked_mul(max / 3 + 1, std::uint64_t{3}), std::nullopt);
  EXPECT_EQ(checked_mul(max, std::uint64_t{0}), 0U);
  EXPECT_EQ(checked_mul(std::uint64_t{0}, max), 0U);
}

TEST(Checked, Seek) {
  constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t min = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(checked_seek(5, -3), 2);
  EXPECT_EQ(checked_seek(max - 1, 1), max);
  EXPECT_EQ(checked_seek(max, 1), std::nullopt);
  EXPECT_EQ(checked_seek(1, max), std::nullopt);
  EXPECT_EQ(checked_seek(min + 1, -1), min);
  EXPECT_EQ(checked_seek(-1, min), std::nullopt);
  EXPECT_EQ(checked_seek(min, max), -1);
}

TEST(Checked, Cast) {
  EXPECT_EQ(checked_cast<std::uint8_t>(255), std::uint8_t{255});
  EXPECT_EQ(checked_cast<std::uint8_t>(256), std::nullopt);
  EXPECT_EQ(checked_cast<std::uint64_t>(-1), std::nullopt);
  EXPECT_EQ(checked_cast<std::int64_t>(std::uint64_t{1} << 63), std::nullopt);
}

TEST(Extent, WithinCannotOverflow) {
  constexpr std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
  EXPECT_TRUE((Extent{0, 10}.within(10)));
  EXPECT_TRUE((Extent{10, 0}.within(10)));
  EXPECT_FALSE((Extent{11, 0}.within(10)));
  EXPECT_FALSE((Extent{1, 10}.within(10)));
  EXPECT_FALSE((Extent{max, 2}.within(10)));
  EXPECT_FALSE((Extent{2, max}.within(10)));
}

// ---- observers

struct Stopper final : Observer {
  Status progress(std::string_view, std::uint64_t done, std::uint64_t) override {
    return done < 2 ? Status() : Status(Error(Code::cancelled, "enough"));
  }
};

TEST(Observer, NobodyIsFineAndAStopComesBack) {
  EXPECT_TRUE(notify(nullptr, "hash", 1, 2));
  Stopper stopper;
  EXPECT_TRUE(notify(&stopper, "hash", 1, 2));
  EXPECT_EQ(notify(&stopper, "hash", 2, 2).error().code(), Code::cancelled);
}

}  // namespace
}  // namespace kerf

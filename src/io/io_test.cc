#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "io/block_cache.h"
#include "io/hash_source.h"
#include "io/large_buffer.h"
#include "io/sink.h"
#include "io/source.h"
#include "io/spool.h"
#include "io/test_support.h"

namespace kerf {
namespace {

using Vector = std::vector<std::uint8_t>;

Vector counted(std::size_t size) {
  Vector bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::uint8_t>(i * 31 + i / 251);
  }
  return bytes;
}

Vector to_vector(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

// Counts calls and bytes that reach a source.
class CountingSource final : public Source {
 public:
  explicit CountingSource(Bytes bytes) : inner_(bytes) {}
  std::uint64_t size() const override { return inner_.size(); }
  Status read_at(std::uint64_t offset, MutBytes out) const override {
    ++calls;
    return inner_.read_at(offset, out);
  }
  mutable int calls = 0;

 private:
  MemorySource inner_;
};

// ---- sources

TEST(LargeBuffer, IsAllUsable) {
  constexpr std::size_t huge = std::size_t{2} << 20;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, huge - 1, huge, 2 * huge + 1}) {
    LargeBuffer buffer(size);
    ASSERT_EQ(buffer.view().size(), size);
    std::ranges::fill(buffer.view(), std::uint8_t{7});
    LargeBuffer moved = std::move(buffer);
    EXPECT_EQ(std::ranges::count(moved.view(), 7), static_cast<std::ptrdiff_t>(size));
  }
}

TEST(MemorySource, RefusesReadsPastTheEnd) {
  const Vector bytes = counted(10);
  const MemorySource source(bytes);
  Vector out(4);
  ASSERT_TRUE(source.read_at(6, out));
  EXPECT_EQ(out, to_vector(Bytes(bytes).subspan(6)));
  EXPECT_TRUE(source.read_at(10, {}));
  for (const std::uint64_t offset : {std::uint64_t{7}, std::uint64_t{11}, ~std::uint64_t{0}}) {
    const Status status = source.read_at(offset, out);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), Code::truncated);
    EXPECT_EQ(status.error().offset(), offset);
  }
}

TEST(SliceSource, SeesItsPartOnly) {
  const Vector bytes = counted(100);
  const MemorySource whole(bytes);
  const SliceSource slice(whole, 20, 30);
  EXPECT_EQ(slice.size(), 30U);
  EXPECT_EQ(*read_all(slice, 30), to_vector(Bytes(bytes).subspan(20, 30)));
  Vector out(2);
  EXPECT_TRUE(slice.read_at(28, out));
  EXPECT_EQ(slice.read_at(29, out).error().code(), Code::truncated);
  EXPECT_EQ(slice.read_at(~std::uint64_t{0}, out).error().code(), Code::truncated);
}

TEST(ReadAll, HonoursItsLimit) {
  const Vector bytes = counted(100);
  const MemorySource source(bytes);
  EXPECT_EQ(*read_all(source, 100), bytes);
  EXPECT_EQ(read_all(source, 99).error().code(), Code::limit);
}

TEST(Identify, EqualsTheHashOfTheBytes) {
  for (const std::size_t size : {0U, 1U, 131072U, 131073U, 300000U}) {
    const Vector bytes = counted(size);
    const auto id = identify(MemorySource(bytes), nullptr);
    ASSERT_TRUE(id);
    EXPECT_EQ(id->size, size);
    EXPECT_EQ(id->sha256, sha256(bytes));
  }
}

// ---- buffered reading

TEST(BufferedReader, GivesTheSameBytesWhateverTheSizes) {
  const Vector bytes = counted(1000);
  const MemorySource source(bytes);
  for (const std::size_t buffer : {1U, 2U, 7U, 64U, 999U, 1000U, 1001U, 4096U}) {
    for (const std::size_t step : {1U, 3U, 8U, 65U, 1000U}) {
      BufferedReader reader(source, buffer);
      Vector got;
      while (reader.position() < bytes.size()) {
        Vector part(std::min<std::size_t>(step, bytes.size() - got.size()));
        ASSERT_TRUE(reader.read(part));
        got.insert(got.end(), part.begin(), part.end());
        ASSERT_EQ(reader.position(), got.size());
      }
      EXPECT_EQ(got, bytes) << buffer << " " << step;
      Vector one(1);
      EXPECT_EQ(reader.read(one).error().code(), Code::truncated);
    }
  }
}

TEST(BufferedReader, ReadSomeEndsWithAnEmptyView) {
  const Vector bytes = counted(10);
  const MemorySource source(bytes);
  BufferedReader reader(source, 4);
  std::vector<std::size_t> sizes;
  Vector got;
  for (;;) {
    const auto view = reader.read_some(3);
    ASSERT_TRUE(view);
    sizes.push_back(view->size());
    if (view->empty()) {
      break;
    }
    got.insert(got.end(), view->begin(), view->end());
  }
  EXPECT_EQ(got, bytes);
  EXPECT_EQ(sizes, (std::vector<std::size_t>{3, 1, 3, 1, 2, 0}));
  const MemorySource nothing{Bytes()};
  EXPECT_TRUE(BufferedReader(nothing, 4).read_some(1)->empty());
}

TEST(BufferedReader, SeeksForwardsBackwardsAndBeyond) {
  const Vector bytes = counted(100);
  const MemorySource source(bytes);
  BufferedReader reader(source, 16);
  Vector out(2);
  for (const std::uint64_t position : {50U, 52U, 40U, 0U, 98U, 55U, 49U}) {
    reader.seek(position);
    ASSERT_TRUE(reader.read(out));
    EXPECT_EQ(out, to_vector(Bytes(bytes).subspan(static_cast<std::size_t>(position), 2)));
  }
  for (const std::uint64_t position : {std::uint64_t{99}, std::uint64_t{101}, ~std::uint64_t{0}}) {
    reader.seek(position);
    EXPECT_EQ(reader.read(out).error().code(), Code::truncated) << position;
  }
  reader.seek(~std::uint64_t{0});
  EXPECT_TRUE(reader.read_some(1)->empty());
}

TEST(BufferedReader, ReadsEachBufferOnce) {
  const Vector bytes = counted(1000);
  const CountingSource source(bytes);
  BufferedReader reader(source, 100);
  Vector one(1);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    ASSERT_TRUE(reader.read(one));
  }
  EXPECT_EQ(source.calls, 10);
}

// ---- block cache

TEST(BlockCache, GivesTheSameBytes) {
  const Vector bytes = counted(5 * 16384 + 77);
  const MemorySource source(bytes);
  for (const std::size_t block : {BlockCache::sequential_block, BlockCache::scattered_block}) {
    BlockCache cache(source, block);
    for (const std::size_t length : {1U, 100U, 16384U, 16385U, 40000U}) {
      for (const std::size_t offset : {0U, 1U, 16383U, 16384U, 9000U}) {
        Vector out(length);
        ASSERT_TRUE(cache.read_at(offset, out));
        EXPECT_EQ(out, to_vector(Bytes(bytes).subspan(offset, length))) << offset << " " << length;
      }
    }
    Vector tail(77);
    ASSERT_TRUE(cache.read_at(bytes.size() - 77, tail));
    EXPECT_EQ(tail, to_vector(Bytes(bytes).last(77)));
  }
}

TEST(BlockCache, RefusesReadsPastTheEnd) {
  const Vector bytes = counted(20000);
  const MemorySource source(bytes);
  BlockCache cache(source);
  Vector out(10);
  for (const std::uint64_t offset :
       {std::uint64_t{19991}, std::uint64_t{20000}, ~std::uint64_t{0}}) {
    EXPECT_EQ(cache.read_at(offset, out).error().code(), Code::truncated) << offset;
  }
  const MemorySource nothing{Bytes()};
  BlockCache empty(nothing);
  EXPECT_TRUE(empty.read_at(0, {}));
  EXPECT_FALSE(empty.read_at(0, out));
}

TEST(BlockCache, AsksTheSourceOncePerBlock) {
  const Vector bytes = counted(std::size_t{64} * 16384);
  const CountingSource source(bytes);
  BlockCache cache(source);
  Vector out(4);
  for (int round = 0; round < 3; ++round) {
    for (std::uint64_t offset = 0; offset < bytes.size(); offset += 4096) {
      ASSERT_TRUE(cache.read_at(offset, out));
    }
  }
  EXPECT_EQ(source.calls, 64);
}

TEST(BlockCache, KeepsWhatWasUsedLast) {
  // Blocks 0, 64, 128 ... share the four slots of a set when there are 256 slots.
  const Vector bytes = counted(400 * 4096);
  const CountingSource source(bytes);
  BlockCache cache(source, BlockCache::scattered_block);
  Vector out(4);
  const auto read_block = [&](std::uint64_t block) {
    ASSERT_TRUE(cache.read_at(block * 4096, out));
    EXPECT_EQ(out, to_vector(Bytes(bytes).subspan(static_cast<std::size_t>(block) * 4096, 4)));
  };
  for (const std::uint64_t block : {0U, 64U, 128U, 192U, 0U, 256U}) {
    read_block(block);
  }
  EXPECT_EQ(source.calls, 5);
  read_block(0);
  EXPECT_EQ(source.calls, 5) << "block 64 had to give way";
  read_block(64);
  EXPECT_EQ(source.calls, 6);
}

// ---- sinks

TEST(MemorySink, StopsAtItsCeiling) {
  MemorySink sink(5);
  EXPECT_TRUE(sink.write(as_bytes("abc")));
  const Status status = sink.write(as_bytes("def"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::limit);
  EXPECT_EQ(status.error().offset(), 3U);
  EXPECT_TRUE(sink.write(as_bytes("de")));
  EXPECT_EQ(to_vector(sink.view()), to_vector(as_bytes("abcde")));
}

TEST(HashingSink, CountsHashesAndHandsOn) {
  MemorySink memory(100);
  HashingSink sink(&memory);
  CountingSink counter(&sink);
  EXPECT_TRUE(counter.write(as_bytes("ab")));
  EXPECT_TRUE(counter.write(as_bytes("c")));
  EXPECT_EQ(counter.size(), 3U);
  EXPECT_EQ(sink.finish(), (BlobId{3, sha256(as_bytes("abc"))}));
  EXPECT_EQ(to_vector(memory.view()), to_vector(as_bytes("abc")));
  HashingSink alone(nullptr);
  EXPECT_TRUE(alone.write(as_bytes("abc")));
  EXPECT_EQ(alone.finish().sha256, sha256(as_bytes("abc")));
}

// ---- spool

// The folder for spilled bytes is $TMPDIR: a folder of the test's own, to see what is left there.
class SpoolTest : public testing::Test {
 public:
  SpoolTest() { ::setenv("TMPDIR", folder_.path().c_str(), 1); }
  ~SpoolTest() override { ::unsetenv("TMPDIR"); }

 protected:
  io::TestFolder folder_;
};

TEST_F(SpoolTest, KeepsItsLimitInMemoryAndSpillsTheRest) {
  const Vector bytes = counted(1000);
  for (const std::uint64_t memory : {0U, 1U, 499U, 999U, 1000U, 5000U}) {
    const io::Faults watch([](io::Op, const std::string&) { return 0; });
    io::Spool spool(memory);
    for (std::size_t at = 0; at < bytes.size(); at += 250) {
      ASSERT_TRUE(spool.write(Bytes(bytes).subspan(at, 250)));
    }
    EXPECT_EQ(spool.size(), 1000U);
    EXPECT_EQ(watch.operations.empty(), memory >= 1000) << "no file where memory suffices";
    const auto source = spool.source();
    EXPECT_EQ(*read_all(*source, 1000), bytes);
    EXPECT_EQ(*read_all(*source, 1000), bytes) << "a second time";
    Vector out(2);
    EXPECT_EQ(source->read_at(999, out).error().code(), Code::truncated);
    EXPECT_TRUE(folder_.names().empty()) << "the file has no name";
  }
}

TEST_F(SpoolTest, WorksWhereThereAreNoUnnamedFiles) {
  const io::Faults faults([&](io::Op op, const std::string& path) {
    return op == io::Op::open && path == folder_.path() ? EOPNOTSUPP : 0;
  });
  io::Spool spool(3);
  ASSERT_TRUE(spool.write(as_bytes("longer than three")));
  EXPECT_TRUE(folder_.names().empty());
  EXPECT_EQ(*read_all(*spool.source(), 100), to_vector(as_bytes("longer than three")));
}

TEST_F(SpoolTest, ReportsAFullDisk) {
  const io::Faults faults(
      [](io::Op op, const std::string&) { return op == io::Op::write ? ENOSPC : 0; });
  io::Spool spool(3);
  const Status status = spool.write(as_bytes("longer than three"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::io);
  EXPECT_NE(status.error().text().find("free some space"), std::string::npos);
  EXPECT_TRUE(folder_.names().empty());
}

TEST_F(SpoolTest, AMissingFolderIsNamed) {
  ::setenv("TMPDIR", folder_.file("gone").c_str(), 1);
  io::Spool spool(0);
  const Status status = spool.write(as_bytes("x"));
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().text().find(folder_.file("gone")), std::string::npos);
}

}  // namespace
}  // namespace kerf

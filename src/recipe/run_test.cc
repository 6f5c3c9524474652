// Recipes at work: what comes out, what is refused, and what an interruption leaves.
#include "recipe/run.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "io/file.h"
#include "io/test_support.h"
#include "recipe/test_recipe.h"

namespace kerf::recipe {
namespace {

// A source that counts what is read of it.
class CountingSource final : public Source {
 public:
  explicit CountingSource(Bytes bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Status read_at(std::uint64_t offset, MutBytes out) const override {
    read += out.size();
    return bytes_.read_at(offset, out);
  }
  mutable std::uint64_t read = 0;

 private:
  MemorySource bytes_;
};

Status run_on(const Example& example, Bytes source, Bytes payload, Sink& to, Workshop& workshop) {
  const MemorySource old_file(source);
  const Source* const sources[] = {&old_file};
  return run(example.recipe, sources, MemorySource(payload), to, workshop, {test_limits});
}

TEST(Run, MakesTheTarget) {
  const Example example;
  for (const std::uint64_t memory : {0U, 1U << 20}) {
    MemorySink made(1 << 20);
    const auto workshop = temporary_workshop(memory);
    const Status status = run_on(example, example.source, example.payload, made, *workshop);
    ASSERT_TRUE(status) << status.error().text();
    EXPECT_TRUE(std::ranges::equal(made.view(), example.target));
  }
}

TEST(Run, RefusesAnotherSource) {
  const Example example;
  auto other = example.source;
  other.back() ^= 1;
  for (const Bytes source : {Bytes(other), Bytes(example.source).first(50)}) {
    MemorySink made(1 << 20);
    const auto workshop = temporary_workshop(0);
    const Status status = run_on(example, source, example.payload, made, *workshop);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), Code::mismatch);
    EXPECT_TRUE(made.view().empty());
  }
}

TEST(Run, EveryByteOfThePayloadMatters) {
  const Example example;
  for (std::size_t at = 0; at < example.payload.size(); ++at) {
    auto damaged = example.payload;
    damaged[at] ^= 64;
    MemorySink made(1 << 20);
    const auto workshop = temporary_workshop(1 << 20);
    const Status status = run_on(example, example.source, damaged, made, *workshop);
    EXPECT_TRUE(!status || std::ranges::equal(made.view(), example.target)) << at;
  }
}

TEST(Run, ErrorsNameStepAndPiece) {
  Example example;
  example.recipe.steps[0].pieces[1].range.offset += 1;
  example.recipe.steps[0].pieces[1].range.length -= 1;
  MemorySink made(1 << 20);
  const auto workshop = temporary_workshop(0);
  const Status status = run_on(example, example.source, example.payload, made, *workshop);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().text().find("step 1: piece 2"), 0U) << status.error().text();
}

TEST(Run, AValueThatComesOutWrongIsRefused) {
  Example example;
  example.recipe.steps[1].sha256->front() ^= 1;
  MemorySink made(1 << 20);
  const auto workshop = temporary_workshop(0);
  const Status status = run_on(example, example.source, example.payload, made, *workshop);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::mismatch);
  EXPECT_TRUE(made.view().empty());
}

// Applies the example to a file beside its scratch folder.
// Runs the example with the old file and the scratch folder of `folder`.
Status run_in(const io::TestFolder& folder, const Example& example, const Source& payload,
              Sink& to) {
  TRY_ASSIGN(const auto source, io::FileSource::open(folder.file("old")));
  TRY_ASSIGN(const auto workshop, folder_workshop(folder.file("scratch")));
  const Source* const sources[] = {&source};
  return run(example.recipe, sources, payload, to, *workshop, {test_limits});
}

Status apply_in(const io::TestFolder& folder, const Example& example) {
  TRY_ASSIGN(const auto out, io::OutputFile::create(folder.file("new"), true));
  TRY(run_in(folder, example, MemorySource(example.payload), *out));
  return out->commit();
}

std::string text_of(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST(Faults, EveryOperationFailedOnce) {
  const Example example;
  for (std::size_t fail = 0;; ++fail) {
    const io::TestFolder folder;
    folder.put("old", text_of(example.source));
    std::size_t count = 0;
    bool met = false;
    Code code = Code::io;
    bool done = false;
    {
      const io::Faults faults([&](io::Op, const std::string&) {
        const bool now = count++ == fail;
        met = met || now;
        return now ? (fail % 2 == 0 ? ENOSPC : EIO) : 0;
      });
      const Status status = apply_in(folder, example);
      done = status.has_value();
      code = done ? Code::io : status.error().code();
    }
    if (!met) {
      EXPECT_TRUE(done);
      EXPECT_GT(fail, 20U);
      break;
    }
    EXPECT_EQ(code, Code::io) << fail;
    if (!done) {
      // No target, or all of it (only the sync of its directory failed).
      if (folder.names().count("new") != 0) {
        EXPECT_EQ(folder.content("new"), text_of(example.target)) << fail;
      }
      const Status again = apply_in(folder, example);
      EXPECT_TRUE(again) << fail << ": " << again.error().text();
    }
    EXPECT_EQ(folder.content("new"), text_of(example.target)) << fail;
    EXPECT_TRUE(std::filesystem::is_empty(folder.file("scratch"))) << fail;
  }
}

// As after an interruption: the target cannot be written, the values before it stay.
void interrupt(const io::TestFolder& folder, const Example& example) {
  MemorySink full(10);
  ASSERT_FALSE(run_in(folder, example, MemorySource(example.payload), full));
  ASSERT_EQ(std::distance(std::filesystem::directory_iterator(folder.file("scratch")), {}), 1);
}

TEST(Resume, TakesWhatIsThereAndRight) {
  const Example example;
  const io::TestFolder folder;
  folder.put("old", text_of(example.source));
  const CountingSource whole(example.payload);
  MemorySink first(1 << 20);
  ASSERT_TRUE(run_in(folder, example, whole, first));
  interrupt(folder, example);
  // The patch is not applied again: the value that it made is there. (Its header says which.)
  const CountingSource payload(example.payload);
  MemorySink made(1 << 20);
  const Status status = run_in(folder, example, payload, made);
  ASSERT_TRUE(status) << status.error().text();
  EXPECT_TRUE(std::ranges::equal(made.view(), example.target));
  EXPECT_LT(payload.read, whole.read);
  EXPECT_TRUE(std::filesystem::is_empty(folder.file("scratch")));
}

TEST(Resume, MakesDamagedValuesAgain) {
  const Example example;
  const io::TestFolder folder;
  folder.put("old", text_of(example.source));
  interrupt(folder, example);
  for (const auto& entry : std::filesystem::directory_iterator(folder.file("scratch"))) {
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(1000);
    file.put('\x7f');
    file.put('\x01');
  }
  const Status status = apply_in(folder, example);
  ASSERT_TRUE(status) << status.error().text();
  EXPECT_EQ(folder.content("new"), text_of(example.target));
}

}  // namespace
}  // namespace kerf::recipe

#include "plan/choose.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "diff/image/describe.h"

namespace kerf::plan {

namespace {

constexpr std::uint64_t thorough_size = std::uint64_t{2} << 20;
// For those who ask for the smallest patch.
constexpr std::uint64_t thorough_size_of_max = std::uint64_t{32} << 20;

// Null if the old file is no executable image.
std::unique_ptr<ImagePair> describe(Bytes from, Bytes to) {
  Description old_file;
  if (!describe_image(from, old_file)) {
    return nullptr;
  }
  return std::make_unique<ImagePair>(
      ImagePair{old_file.image, describe_new_version(to, old_file), old_file.by_headers});
}

// By the word of the format's reader: on a microcontroller if there is a decoder for one.
Result<std::uint64_t> memory_to_apply(Bytes patch) {
  const MemorySource source(patch);
  TRY_ASSIGN(const PatchReader* reader, find_reader(source));
  constexpr std::uint64_t any = std::numeric_limits<std::uint64_t>::max();
  TRY_ASSIGN(const PatchInfo info, reader->info(source, {any, any, 1}));
  return info.device_memory.value_or(info.memory);
}

Status write_fitting(Bytes from, Bytes to, const Engine& engine, const PatchWriter& writer,
                     ChooseOptions options, Sink& patch) {
  const std::uint64_t device_memory = *std::exchange(options.device_memory, std::nullopt);
  std::optional<std::vector<std::uint8_t>> smallest;
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  for (const std::string_view profile : writer.profiles()) {
    options.profile = profile;
    MemorySink trial(std::numeric_limits<std::uint64_t>::max());
    TRY(write_smallest(from, to, engine, writer, options, trial));
    TRY_ASSIGN(const std::uint64_t memory, memory_to_apply(trial.view()));
    least = std::min(least, memory);
    if (memory <= device_memory && (!smallest || trial.view().size() < smallest->size())) {
      smallest = std::move(trial).take();
    }
  }
  if (!smallest) {
    return Error(Code::limit, "no profile can be applied in " + std::to_string(device_memory) +
                                  " bytes of memory; the least that this patch takes is " +
                                  std::to_string(least));
  }
  return patch.write(*smallest);
}

}  // namespace

Status write_smallest(Bytes from, Bytes to, const Engine& engine, const PatchWriter& writer,
                      const ChooseOptions& options, Sink& patch) {
  if (options.device_memory && options.profile.empty() && !writer.profiles().empty()) {
    return write_fitting(from, to, engine, writer, options, patch);
  }
  const auto images = writer.predicts_references() ? describe(from, to) : nullptr;
  const WriteOptions write_options{options.threads, options.observer, images.get(),
                                   options.profile};
  const EngineOptions engine_options{{0, options.memory, 0}, options.threads, options.observer};
  TRY_ASSIGN(auto source, engine.prepare(from, engine_options));
  const auto sets = writer.price_sets();
  const std::uint64_t thorough = options.profile == "max" ? thorough_size_of_max : thorough_size;
  if (from.size() + to.size() > thorough || sets.size() == 1) {
    TRY_ASSIGN(const Script script, source->diff(to, sets.front(), engine_options));
    source.reset();  // the writer needs the memory
    return writer.write(from, to, script, patch, write_options);
  }
  TRY_ASSIGN(const std::vector<Script> scripts, source->diff_all(to, sets, engine_options));
  source.reset();
  std::vector<std::uint8_t> smallest;
  for (const Script& script : scripts) {
    MemorySink trial(std::numeric_limits<std::uint64_t>::max());
    TRY(writer.write(from, to, script, trial, write_options));
    if (smallest.empty() || trial.view().size() < smallest.size()) {
      smallest = std::move(trial).take();
    }
  }
  return patch.write(smallest);
}

}  // namespace kerf::plan

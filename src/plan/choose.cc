#include "plan/choose.h"

#include <limits>
#include <memory>

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

}  // namespace

Status write_smallest(Bytes from, Bytes to, const Engine& engine, const PatchWriter& writer,
                      const ChooseOptions& options, Sink& patch) {
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

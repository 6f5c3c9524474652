#include "plan/choose.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

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

// The smallest of the patches that it has been shown.
class Smallest {
 public:
  // Of patches that take more memory to apply only the least amount is kept.
  explicit Smallest(std::optional<std::uint64_t> device_memory) : device_memory_(device_memory) {}

  Status show(std::vector<std::uint8_t> patch) {
    if (device_memory_) {
      TRY_ASSIGN(const std::uint64_t memory, memory_to_apply(patch));
      least_memory_ = std::min(least_memory_, memory);
      if (memory > *device_memory_) {
        return {};
      }
    }
    if (patch_.empty() || patch.size() < patch_.size()) {
      patch_ = std::move(patch);
    }
    return {};
  }

  Status write(Sink& to) const {
    if (patch_.empty()) {
      return Error(Code::limit, "no profile can be applied in " + std::to_string(*device_memory_) +
                                    " bytes of memory; the least that this patch takes is " +
                                    std::to_string(least_memory_));
    }
    return to.write(patch_);
  }

 private:
  std::optional<std::uint64_t> device_memory_;
  std::uint64_t least_memory_ = std::numeric_limits<std::uint64_t>::max();
  std::vector<std::uint8_t> patch_;  // empty: none yet; no patch is
};

}  // namespace

Status write_smallest(Bytes from, Bytes to, const Engine& engine, const PatchWriter& writer,
                      const ChooseOptions& options, Sink& patch) {
  const auto images = writer.predicts_references() ? describe(from, to) : nullptr;
  const bool any_profile =
      options.device_memory && options.profile.empty() && !writer.profiles().empty();
  const std::vector<std::string_view> profiles =
      any_profile ? std::vector(writer.profiles().begin(), writer.profiles().end())
                  : std::vector{options.profile};
  const EngineOptions engine_options{{0, options.memory, 0}, options.threads, options.observer};
  TRY_ASSIGN(auto source, engine.prepare(from, engine_options));
  auto sets = writer.price_sets();
  const std::uint64_t thorough = options.profile == "max" ? thorough_size_of_max : thorough_size;
  if (from.size() + to.size() > thorough) {
    sets = sets.first(1);
  }
  std::vector<Script> scripts;
  if (sets.size() == 1) {
    TRY_ASSIGN(Script script, source->diff(to, sets.front(), engine_options));
    scripts.push_back(std::move(script));
  } else {
    TRY_ASSIGN(scripts, source->diff_all(to, sets, engine_options));
  }
  source.reset();  // the writer needs the memory
  const auto write_options = [&](std::string_view profile) {
    return WriteOptions{options.threads, options.observer, images.get(), profile};
  };
  if (scripts.size() == 1 && !any_profile) {
    return writer.write(from, to, scripts.front(), patch, write_options(options.profile));
  }
  Smallest smallest(any_profile ? options.device_memory : std::nullopt);
  for (const std::string_view profile : profiles) {
    for (const Script& script : scripts) {
      MemorySink trial(std::numeric_limits<std::uint64_t>::max());
      TRY(writer.write(from, to, script, trial, write_options(profile)));
      TRY(smallest.show(std::move(trial).take()));
    }
  }
  return smallest.write(patch);
}

}  // namespace kerf::plan

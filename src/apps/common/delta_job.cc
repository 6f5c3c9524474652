#include "apps/common/delta_job.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <thread>

#include "apps/common/input.h"
#include "apps/common/make_patch.h"
#include "apps/common/output.h"
#include "apps/common/progress.h"
#include "patch/vcdiff/vcdiff.h"

namespace kerf::apps {

namespace {

// What standard input may bring.
constexpr std::uint64_t most_input = std::uint64_t{1} << 40;

Status check_output(std::initializer_list<const std::string*> inputs, const std::string& output) {
  if (output == standard_stream) {
    if (::isatty(STDOUT_FILENO) == 1) {
      return Error(Code::denied,
                   "refusing to write binary data to a terminal: name an output file");
    }
    return {};
  }
  for (const std::string* input : inputs) {
    const std::string path = *input == standard_stream ? "/dev/stdin" : *input;
    if (!path.empty() && io::same_file(path, output)) {
      return Error(Code::denied,
                   "this is the input " + input_name(*input) + " as well: write to another file")
          .in(output);
    }
  }
  return {};
}

Status check_inputs(const std::string& a, const std::string& b) {
  if (a == standard_stream && b == standard_stream) {
    return Error(Code::denied, "only one input can be standard input: name the other");
  }
  return {};
}

}  // namespace

Result<std::uint64_t> parse_bytes(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Error(Code::denied, "a number of bytes is wanted, not " + std::string(text));
  }
  return number;
}

Status encode(const DeltaJob& job, const PatchWriter& writer) {
  TRY(check_inputs(job.old_path, job.new_path));
  TRY(check_output({&job.old_path, &job.new_path}, job.patch_path));
  const std::uint64_t memory = physical_memory();
  std::optional<MappedInput> from;
  if (!job.old_path.empty()) {
    TRY_ASSIGN(MappedInput opened, MappedInput::open(job.old_path, memory));
    from.emplace(std::move(opened));
  }
  TRY_ASSIGN(const MappedInput to, MappedInput::open(job.new_path, memory));
  TRY_ASSIGN(const auto out, Output::create(job.patch_path, job.force));
  ProgressBar bar(job.progress);
  const MakeOptions options{.memory = memory,
                            .threads = std::max(1U, std::thread::hardware_concurrency()),
                            .observer = &bar};
  TRY(make_patch(from ? from->bytes() : Bytes(), to.bytes(), writer, options, *out));
  TRY(out->commit());
  bar.clear();
  return {};
}

Status decode(const DeltaJob& job, std::uint64_t most_output) {
  TRY(check_inputs(job.old_path, job.patch_path));
  TRY(check_output({&job.old_path, &job.patch_path}, job.new_path));
  TRY_ASSIGN(const Input patch, Input::open(job.patch_path, most_input));
  std::optional<Input> from;
  if (!job.old_path.empty()) {
    TRY_ASSIGN(Input opened, Input::open(job.old_path, most_input));
    from.emplace(std::move(opened));
  }
  TRY_ASSIGN(const auto out, Output::create(job.new_path, job.force));
  ProgressBar bar(job.progress);
  const ApplyOptions options{.limits = {most_output, default_apply_memory, 1},
                             .old_sha256 = {},
                             .new_sha256 = {},
                             .observer = &bar};
  const MemorySource nothing{Bytes()};
  TRY(vcdiff::reader().apply(from ? from->source() : static_cast<const Source&>(nothing),
                             patch.source(), *out, options));
  TRY(out->commit());
  bar.clear();
  return {};
}

}  // namespace kerf::apps

#include "apps/common/input.h"

#include <unistd.h>

#include "io/spool.h"
#include "io/system.h"

namespace kerf::apps {

namespace {

constexpr std::uint64_t spool_memory = 1 << 20;

}  // namespace

std::string input_name(const std::string& path) {
  return path == standard_stream ? "standard input" : path;
}

Input::Input() = default;
Input::Input(Input&&) noexcept = default;
Input::~Input() = default;

Result<Input> Input::open(const std::string& path, std::uint64_t most) {
  Input input;
  if (path == standard_stream) {
    input.spool_ = std::make_unique<io::Spool>(spool_memory);
    TRY(io::spool_standard_input(*input.spool_, most));
    input.source_ = input.spool_->source();
  } else {
    TRY_ASSIGN(io::FileSource file, io::FileSource::open(path));
    input.source_ = std::make_unique<io::FileSource>(std::move(file));
  }
  return input;
}

Result<MappedInput> MappedInput::open(const std::string& path, std::uint64_t most) {
  MappedInput input;
  if (path != standard_stream) {
    TRY_ASSIGN(io::MappedFile file, io::MappedFile::open(path));
    input.file_.emplace(std::move(file));
    return input;
  }
  MemorySink sink(most);
  std::vector<std::uint8_t> buffer(std::size_t{64} << 10);
  for (;;) {
    TRY_ASSIGN(const std::size_t got, io::read_some(STDIN_FILENO, buffer, input_name(path)));
    if (got == 0) {
      break;
    }
    TRY(sink.write(Bytes(buffer).first(got)));
  }
  input.memory_ = std::move(sink).take();
  return input;
}

}  // namespace kerf::apps

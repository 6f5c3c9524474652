#include "agent/handlers.h"

#include "agent/archive/unpack.h"
#include "agent/process.h"
#include "agent/result_codes.h"
#include "base/json.h"
#include "io/file.h"

namespace kerf::agent {

namespace {

// What a handler's exit code means for `query`.
constexpr int query_not_installed = 1;
constexpr int query_unknown = 2;

std::string words_of(const Finished& finished) {
  std::string words = finished.last_words;
  while (!words.empty() && (words.back() == '\n' || words.back() == ' ')) {
    words.pop_back();
  }
  // The last line says it best; all of it would not fit into a message.
  const std::size_t line = words.rfind('\n');
  return line == std::string::npos ? words : words.substr(line + 1);
}

Result<Finished> call(const std::string& program, std::vector<std::string> arguments,
                      const Subject& subject, unsigned seconds) {
  arguments.insert(arguments.begin(), program);
  const Command command{.arguments = std::move(arguments),
                        .environment = {{"KERF_NAME", subject.name},
                                        {"KERF_TYPE", subject.type},
                                        {"KERF_VERSION", subject.version},
                                        {"KERF_FROM_VERSION", subject.from_version}},
                        .seconds = seconds};
  auto finished = run(command);
  if (!finished) {
    return with_code(ResultCode::handler_failed, std::move(finished).error());
  }
  if (finished->timed_out) {
    return with_code(
        ResultCode::handler_timeout,
        Error(Code::io, "has not finished within " + std::to_string(seconds) + " s and was ended")
            .in(program));
  }
  return finished;
}

Status expect_success(const Finished& finished, const std::string& program) {
  if (finished.exit_code == 0) {
    return {};
  }
  std::string what = "exit code " + std::to_string(finished.exit_code);
  if (const std::string words = words_of(finished); !words.empty()) {
    what += ": " + in_quotes(words);
  }
  return with_code(ResultCode::handler_failed, Error(Code::io, what).in(program));
}

}  // namespace

const std::string* Handlers::program(const std::string& type) const {
  auto found = options_.programs.find(type);
  if (found == options_.programs.end()) {
    found = options_.programs.find("*");
  }
  return found == options_.programs.end() ? nullptr : &found->second;
}

bool Handlers::unpacks(const std::string& type) const {
  return type == "zip" && !options_.zip_root.empty() && !options_.programs.contains("zip");
}

Status Handlers::can_install(const std::string& type) const {
  if (unpacks(type) || program(type) != nullptr) {
    return {};
  }
  return with_code(ResultCode::handler_missing,
                   Error(Code::unsupported, "no handler is set for packages of type " +
                                                in_quotes(type) + " (--handler TYPE=PROGRAM)"));
}

Status Handlers::install(const Subject& subject, const std::string& path,
                         Observer* observer) const {
  TRY(can_install(subject.type));
  if (unpacks(subject.type)) {
    TRY_ASSIGN(const io::FileSource package, io::FileSource::open(path));
    return unpack_zip(package, options_.zip_root, options_.limits, observer);
  }
  const std::string& handler = *program(subject.type);
  TRY_ASSIGN(
      const Finished finished,
      call(handler, {"install", subject.name, subject.version, path}, subject, options_.seconds));
  return expect_success(finished, handler);
}

Status Handlers::remove(const Subject& subject) const {
  if (unpacks(subject.type)) {
    return {};
  }
  TRY(can_install(subject.type));
  const std::string& handler = *program(subject.type);
  TRY_ASSIGN(const Finished finished,
             call(handler, {"remove", subject.name, subject.version}, subject, options_.seconds));
  return expect_success(finished, handler);
}

Result<Handlers::Answer> Handlers::query(const std::string& name, const std::string& type) const {
  const std::string* handler = program(type);
  if (unpacks(type) || handler == nullptr) {
    return Answer{};
  }
  TRY_ASSIGN(const Finished finished,
             call(*handler, {"query", name}, {name, type, {}, {}}, options_.seconds));
  if (finished.exit_code == query_not_installed) {
    return Answer{true, {}};
  }
  if (finished.exit_code == query_unknown) {
    return Answer{};
  }
  TRY(expect_success(finished, *handler));
  return Answer{true, finished.output.substr(0, finished.output.find('\n'))};
}

}  // namespace kerf::agent

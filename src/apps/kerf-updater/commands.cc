#include "apps/kerf-updater/commands.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "agent/boot.h"
#include "agent/download/http.h"
#include "agent/engine.h"
#include "agent/lists/lists.h"
#include "apps/kerf-updater/reporter.h"
#include "base/json.h"
#include "io/file.h"
#include "io/folder.h"
#include "patch/vcdiff/vcdiff.h"

namespace kerf::updater {

namespace {

using agent::ResultCode;
using Json = nlohmann::ordered_json;

constexpr std::uint64_t most_remembered = std::uint64_t{64} << 10;

// Sends URLs over the network and paths to the folders of this machine.
class AnyFetcher final : public agent::Fetcher {
 public:
  explicit AnyFetcher(agent::HttpOptions options) : http(std::move(options)) {}
  kerf::Status fetch(const std::string& address, const agent::Wanted& wanted, const std::string& to,
                     Observer* observer) override {
    return agent::is_url(address) ? http.fetch(address, wanted, to, observer)
                                  : folder.fetch(address, wanted, to, observer);
  }
  agent::HttpFetcher http;
  agent::FolderFetcher folder;
};

// Where update-locations is, from one run to the next.
class Memory {
 public:
  explicit Memory(const std::string& data) : path_(data + "/bootstrap.json") {}

  kerf::Status remember(const std::string& locations) const {
    const Json json{{"update_locations", locations}};
    TRY_ASSIGN(const auto out, io::OutputFile::create(path_, true));
    TRY(out->write(as_bytes(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n")));
    return out->commit();
  }
  Result<std::string> recall() const {
    if (!io::exists(path_)) {
      return with_code(ResultCode::not_bootstrapped,
                       Error(Code::denied,
                             "nobody has said where update-locations is; run "
                             "kerf-updater bootstrap with a folder or an address"));
    }
    TRY_ASSIGN(const io::FileSource file, io::FileSource::open(path_));
    TRY_ASSIGN(const auto text, read_all(file, most_remembered));
    TRY_ASSIGN(const Json json, parse_json(text, {0, most_remembered * 16, 4}));
    if (!json.is_object() || !json.contains("update_locations") ||
        !json["update_locations"].is_string()) {
      return with_code(ResultCode::not_bootstrapped,
                       Error(Code::corrupt, "damaged; run kerf-updater bootstrap again").in(path_));
    }
    return json["update_locations"].get<std::string>();
  }

 private:
  std::string path_;
};

// The lock of the device; children inherit it, so that no two handlers work at one time.
Result<io::Descriptor> lock(const Device& device) {
  TRY(io::make_directories(device.data));
  for (unsigned tenths = 0;; ++tenths) {
    auto locked = io::lock_file(device.data + "/lock", true);
    if (locked || locked.error().code() != Code::denied) {
      return locked;
    }
    if (tenths >= device.lock_seconds * 10) {
      return with_code(ResultCode::busy, std::move(locked).error());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

// The certificates that lay beside update-locations in a folder at the first set-up.
constexpr const char* kept_certificates = "/server-certificates.pem";

kerf::Status keep_certificates(const std::string& locations, const Device& device) {
  constexpr std::uint64_t most = std::uint64_t{4} << 20;
  const std::string folder = io::directory_of(locations);
  TRY_ASSIGN(const auto entries, io::list_folder(folder));
  std::vector<std::uint8_t> all;
  for (const io::FolderEntry& entry : entries) {
    if (entry.kind == io::FolderEntry::Kind::file &&
        (entry.name.ends_with(".pem") || entry.name.ends_with(".crt"))) {
      std::string path = folder;
      path.append("/").append(entry.name);
      TRY_ASSIGN(const io::FileSource file, io::FileSource::open(path));
      TRY_ASSIGN(const auto bytes, read_all(file, most - all.size()));
      all.insert(all.end(), bytes.begin(), bytes.end());
      all.push_back('\n');
    }
  }
  if (all.empty()) {
    return {};
  }
  TRY_ASSIGN(const auto out, io::OutputFile::create(device.data + kept_certificates, true));
  TRY(out->write(all));
  return out->commit();
}

agent::HttpOptions http_options(const Device& device, const std::string& boot) {
  agent::HttpOptions options;
  options.folder = device.data + "/downloads";
  options.ca_file = device.ca_file;
  if (options.ca_file.empty() && io::exists(device.data + kept_certificates)) {
    options.ca_file = device.data + kept_certificates;
  }
  options.client_certificate = device.client_certificate;
  options.client_key = device.client_key;
  options.user_agent = "kerf-updater/" KERF_VERSION;
  options.boot = boot;
  options.https_only = device.https_only;
  options.attempts = device.attempts;
  options.wait_ms = device.retry_wait_ms;
  options.silent_seconds = device.timeout_seconds;
  return options;
}

agent::EngineOptions engine_options(const Device& device, const std::string& boot) {
  return {.stage = {.folder = device.data + "/staging",
                    .reader = &vcdiff::updater_reader(),
                    .limits = {device.max_download, device.memory, 1},
                    .accept_unchecked = device.accept_unchecked},
          .state_file = device.data + "/state.json",
          .sources = device.sources.empty() ? device.data + "/diff-update-sources" : device.sources,
          .boot = boot,
          .reboot_program = device.reboot_program};
}

agent::Handlers make_handlers(const Device& device) {
  return agent::Handlers({.programs = device.handlers,
                          .zip_root = device.zip_root,
                          .seconds = device.handler_seconds,
                          .limits = {device.max_download, device.memory, 1}});
}

agent::ListOptions list_options(const Device& device, std::string locations) {
  return {.locations = std::move(locations),
          .device_key = device.device_key,
          .least_key_bits = device.least_key_bits,
          .hardware_id = device.hardware_id};
}

agent::Lists::InstalledVersion asking(agent::Engine& engine) {
  return [&engine](const std::string& name, const std::string& type) {
    return engine.installed_version(name, type);
  };
}

void report_end(agent::Reporter& reporter, const agent::Summary& summary) {
  const agent::ResultInfo& info = agent::describe(summary.first_failure.value_or(ResultCode::ok));
  reporter.event("done", {{"code", std::uint64_t{static_cast<std::uint16_t>(info.code)}},
                          {"result", std::string(info.name)},
                          {"updated", std::uint64_t{summary.updated}},
                          {"current", std::uint64_t{summary.current}},
                          {"removed", std::uint64_t{summary.removed}},
                          {"failed", std::uint64_t{summary.failed}},
                          {"reboot_due", summary.reboot_due}});
}

// `where` is what bootstrap was given, or empty.
Result<agent::Summary> update(const Device& device, const std::string& where, Printer& printer) {
  TRY_ASSIGN(const io::Descriptor held, lock(device));
  TRY(io::sweep_temporaries(device.data));
  TRY_ASSIGN(const std::string boot, agent::boot_id(device.boot_id_file));
  const Memory memory(device.data);
  if (!where.empty()) {
    TRY_ASSIGN(const std::string locations, agent::find_locations(where));
    if (!agent::is_url(locations)) {
      TRY(keep_certificates(locations, device));
    }
    TRY(memory.remember(locations));
  }
  AnyFetcher fetcher(http_options(device, boot));
  const agent::Handlers handlers = make_handlers(device);
  TRY_ASSIGN(auto engine,
             agent::Engine::open(engine_options(device, boot), fetcher, handlers, printer));
  TRY_ASSIGN(const bool restart_first, engine.resume());
  if (restart_first) {
    return engine.summary();
  }
  TRY_ASSIGN(const std::string locations, memory.recall());
  agent::SmallFiles files(device.data + "/lists", fetcher.http, fetcher.folder);
  TRY_ASSIGN(const auto lists, agent::Lists::read(list_options(device, locations), files));
  TRY_ASSIGN(const auto updates, lists.updates(asking(engine)));
  TRY_ASSIGN(const agent::Summary summary, engine.run(updates, true));
  if (summary.failed == 0 && !summary.reboot_due) {
    TRY(fetcher.http.sweep());
  }
  return summary;
}

bool finish(Result<agent::Summary> summary, Printer& printer) {
  if (!summary) {
    printer.event("error", agent::failure_fields(summary.error()));
    return false;
  }
  report_end(printer, *summary);
  return summary->failed == 0 && printer.printed();
}

}  // namespace

bool run(const Bootstrap& command) {
  Printer printer(command.manner);
  return finish(update(command.device, command.where, printer), printer);
}

bool run(const Run& command) {
  Printer printer(command.manner);
  return finish(update(command.device, {}, printer), printer);
}

namespace {

Result<agent::Summary> check(const Device& device, Printer& printer) {
  TRY_ASSIGN(const io::Descriptor held, lock(device));
  TRY_ASSIGN(const std::string boot, agent::boot_id(device.boot_id_file));
  AnyFetcher fetcher(http_options(device, boot));
  const agent::Handlers handlers = make_handlers(device);
  TRY_ASSIGN(auto engine,
             agent::Engine::open(engine_options(device, boot), fetcher, handlers, printer));
  TRY_ASSIGN(const std::string locations, Memory(device.data).recall());
  agent::SmallFiles files(device.data + "/lists", fetcher.http, fetcher.folder);
  TRY_ASSIGN(const auto lists, agent::Lists::read(list_options(device, locations), files));
  TRY_ASSIGN(const auto updates, lists.updates(asking(engine)));
  agent::Summary summary;
  for (const agent::Update& wanted : updates) {
    TRY_ASSIGN(const auto installed, engine.installed_version(wanted.name, wanted.type));
    if (installed == wanted.version) {
      ++summary.current;
      printer.event("current", {{"name", wanted.name}, {"version", wanted.version}});
      continue;
    }
    ++summary.updated;
    const bool delta = !wanted.deltas.empty();
    printer.event("would_update", {{"name", wanted.name},
                                   {"version", wanted.version},
                                   {"from", installed.value_or("")},
                                   {"plan", std::string(delta && wanted.full ? "delta, then full"
                                                        : delta              ? "delta"
                                                        : wanted.full        ? "full"
                                                                             : "nothing")}});
  }
  for (const auto& [name, package] : engine.state().installed) {
    if (std::ranges::find(updates, name, &agent::Update::name) == updates.end()) {
      ++summary.removed;
      printer.event("would_remove", {{"name", name}, {"version", package.version}});
    }
  }
  return summary;
}

}  // namespace

bool run(const Check& command) {
  Printer printer(command.manner);
  return finish(check(command.device, printer), printer);
}

}  // namespace kerf::updater

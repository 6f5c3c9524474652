#include "agent/engine.h"

#include <algorithm>

#include "agent/process.h"
#include "io/file.h"
#include "io/folder.h"
#include "io/hash_source.h"

namespace kerf::agent {

namespace {

constexpr unsigned reboot_seconds = 60;

Fields with(Fields fields, Fields more) {
  fields.insert(fields.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
  return fields;
}

}  // namespace

Engine::Engine(EngineOptions options, Fetcher& fetcher, const Handlers& handlers,
               Reporter& reporter, State state)
    : options_(std::move(options)),
      handlers_(&handlers),
      reporter_(&reporter),
      cache_(options_.sources),
      stager_(options_.stage, cache_, fetcher, reporter),
      state_(std::move(state)) {}

Result<Engine> Engine::open(EngineOptions options, Fetcher& fetcher, const Handlers& handlers,
                            Reporter& reporter) {
  const std::string folder = io::directory_of(options.state_file);
  TRY(io::make_directories(folder));
  TRY(io::make_directories(options.stage.folder));
  TRY(io::sweep_temporaries(folder));
  TRY(io::sweep_temporaries(options.stage.folder));
  TRY_ASSIGN(State state, load_state(options.state_file));
  return Engine(std::move(options), fetcher, handlers, reporter, std::move(state));
}

std::string Engine::installed_type(const std::string& name) const {
  const auto found = state_.installed.find(name);
  return found == state_.installed.end() ? std::string() : found->second.type;
}

Result<std::optional<std::string>> Engine::installed_version(const std::string& name,
                                                             const std::string& type) {
  if (const auto asked = asked_.find(name); asked != asked_.end()) {
    return asked->second;
  }
  std::optional<std::string> version;
  if (const auto found = state_.installed.find(name); found != state_.installed.end()) {
    version = found->second.version;
  }
  TRY_ASSIGN(const Handlers::Answer answer,
             handlers_->query(name, type.empty() ? installed_type(name) : type));
  if (answer.known) {
    version = answer.version;
  }
  asked_.emplace(name, version);
  return version;
}

Result<bool> Engine::resume() {
  if (state_.reboot_in) {
    if (*state_.reboot_in == options_.boot) {
      summary_.reboot_due = true;
      TRY(ask_for_reboot());
      return true;
    }
    state_.reboot_in.reset();
    TRY(save());
    reporter_->event("rebooted", {});
  }
  if (!state_.pending) {
    return false;
  }
  const Pending pending = *state_.pending;
  reporter_->event("resuming", {{"name", pending.name}, {"version", pending.version}});
  if (pending.phase == Phase::installing) {
    const auto staged = io::FileSource::open(options_.stage.folder + "/" + pending.file);
    bool good = false;
    if (staged) {
      TRY_ASSIGN(const BlobId id, identify(*staged, nullptr));
      good = id == pending.id;
    }
    if (!good) {  // somebody has been at it: the update begins anew
      state_.pending.reset();
      TRY(save());
      return false;
    }
  }
  Status finished = pending.phase == Phase::installing ? install() : retain();
  if (!finished) {
    if (state_.pending) {
      return std::move(finished).error();  // a fault of the device, not of the package
    }
    failed_.insert(pending.name);
    failed(pending.name, pending.version, finished.error());
  }
  summary_.reboot_due = state_.reboot_in.has_value();
  return summary_.reboot_due;
}

// Installs what is pending. On failure of the handler nothing is pending any more; on failure of
// the device it still is.
Status Engine::install() {
  const Pending pending = *state_.pending;
  reporter_->event("installing", {{"name", pending.name},
                                  {"version", pending.version},
                                  {"from", pending.from_version},
                                  {"way", pending.way}});
  const std::string path = options_.stage.folder + "/" + pending.file;
  asked_.erase(pending.name);
  Status installed =
      handlers_->install({pending.name, pending.type, pending.version, pending.from_version}, path,
                         reporter_->observer());
  const auto answer = handlers_->query(pending.name, pending.type);
  if (installed && answer && answer->known && answer->version != pending.version) {
    installed = Status(
        with_code(ResultCode::installed_other_version,
                  Error(Code::mismatch, "the device has " + answer->version.value_or("no version") +
                                            " after installing " + pending.version)
                      .in(pending.name)));
  }
  if (!installed) {
    state_.pending.reset();
    TRY(save());
    static_cast<void>(io::remove(path));  // only space: the reason of the failure counts
    return installed;
  }
  Installed& entry = state_.installed[pending.name];
  entry.version = pending.version;
  entry.type = pending.type;
  state_.pending->phase = Phase::retaining;
  TRY(save());
  return retain();
}

// What is pending has been installed: keeps it for the next delta, or not, and forgets the rest.
Status Engine::retain() {
  const Pending pending = *state_.pending;
  Installed& entry = state_.installed[pending.name];
  const std::optional<StoredSource> before = entry.source;
  const std::string path = options_.stage.folder + "/" + pending.file;
  entry.source.reset();
  if (pending.keep) {
    const StoredSource source{
        SourceCache::file_name(pending.name, pending.version, pending.type, pending.id.sha256),
        pending.id};
    Status stored = cache_.store(path, source.file, pending.id);
    if (stored) {
      entry.source = source;
    } else {
      // The package is installed all the same; only the next update will be a full one.
      reporter_->event("keep_failed",
                       with({{"name", pending.name}}, failure_fields(stored.error())));
    }
  }
  state_.pending.reset();
  if (pending.reboot) {
    state_.reboot_in = options_.boot;
  }
  TRY(save());
  if (before && before != entry.source) {
    TRY(cache_.remove(before->file));
  }
  TRY(io::remove(path));
  reporter_->event("installed", {{"name", pending.name},
                                 {"version", pending.version},
                                 {"from", pending.from_version},
                                 {"way", pending.way},
                                 {"kept", entry.source.has_value()}});
  return pending.reboot ? ask_for_reboot() : Status();
}

Status Engine::ask_for_reboot() {
  reporter_->event("reboot", {{"program", options_.reboot_program}});
  if (options_.reboot_program.empty()) {
    return {};
  }
  const auto finished = agent::run(
      {.arguments = {options_.reboot_program}, .environment = {}, .seconds = reboot_seconds});
  if (!finished) {
    return with_code(ResultCode::reboot_failed,
                     Error(finished.error().code(), finished.error().text()));
  }
  if (finished->exit_code != 0) {
    return with_code(ResultCode::reboot_failed,
                     Error(Code::io, "exit code " + std::to_string(finished->exit_code))
                         .in(options_.reboot_program));
  }
  return {};
}

Status Engine::update(const Update& update, const std::string& from, const std::string& type) {
  if (update.full || !update.deltas.empty()) {
    TRY(handlers_->can_install(type));  // before anything is downloaded in vain
  }
  const auto recorded = state_.installed.find(update.name);
  TRY_ASSIGN(const Staged staged,
             stager_.stage(update, from, type,
                           recorded == state_.installed.end() ? nullptr : &recorded->second));
  state_.pending = Pending{.phase = Phase::installing,
                           .name = update.name,
                           .version = update.version,
                           .from_version = from,
                           .type = type,
                           .file = staged.file,
                           .id = staged.id,
                           .keep = update.keep,
                           .reboot = update.reboot,
                           .way = staged.way};
  TRY(save());
  return install();
}

// The device has the wanted version, whatever the record says.
Status Engine::agree(const Update& wanted, const std::string& type) {
  Installed& entry = state_.installed[wanted.name];
  if (entry.version == wanted.version) {
    return {};
  }
  entry.version = wanted.version;
  entry.type = type;
  if (entry.source) {
    return drop_source(wanted.name);
  }
  return save();
}

Status Engine::drop_source(const std::string& name) {
  const auto found = state_.installed.find(name);
  if (found == state_.installed.end() || !found->second.source) {
    return {};
  }
  const std::string file = found->second.source->file;
  found->second.source.reset();
  TRY(save());
  TRY(cache_.remove(file));
  reporter_->event("source_removed", {{"name", name}});
  return {};
}

void Engine::failed(const std::string& name, const std::string& version, const Error& error) {
  ++summary_.failed;
  if (!summary_.first_failure) {
    summary_.first_failure = code_of(error);
  }
  reporter_->event("failed", with({{"name", name}, {"version", version}}, failure_fields(error)));
}

Status Engine::remove_unlisted(const std::vector<Update>& updates) {
  std::set<std::string> gone;
  for (const auto& [name, package] : state_.installed) {
    if (std::ranges::find(updates, name, &Update::name) == updates.end()) {
      gone.insert(name);
    }
  }
  for (const std::string& name : gone) {
    const Installed package = state_.installed[name];
    const Status removed = handlers_->remove({name, package.type, package.version, {}});
    if (!removed) {
      failed(name, package.version, removed.error());
      continue;
    }
    state_.installed.erase(name);
    TRY(save());
    if (package.source) {
      TRY(cache_.remove(package.source->file));
    }
    ++summary_.removed;
    reporter_->event("removed", {{"name", name}, {"version", package.version}});
  }
  return {};
}

Result<Summary> Engine::run(const std::vector<Update>& updates, bool complete) {
  for (const Update& wanted : updates) {
    if (failed_.contains(wanted.name)) {
      continue;
    }
    const std::string type = wanted.type.empty() ? installed_type(wanted.name) : wanted.type;
    Status done;
    auto installed = installed_version(wanted.name, type);
    if (!installed) {
      done = std::move(installed).error();
    } else if (*installed == wanted.version) {
      ++summary_.current;
      TRY(agree(wanted, type));
      reporter_->event("current", {{"name", wanted.name}, {"version", wanted.version}});
    } else {
      done = update(wanted, installed->value_or(""), type);
      summary_.updated += done ? 1U : 0U;
    }
    if (!done) {
      if (state_.pending) {
        return std::move(done).error();  // the device itself: the record could not be written
      }
      failed(wanted.name, wanted.version, done.error());
    } else if (!wanted.keep) {
      TRY(drop_source(wanted.name));
    }
    if (state_.reboot_in) {
      summary_.reboot_due = true;
      return summary_;
    }
  }
  if (complete && summary_.failed == 0) {
    TRY(remove_unlisted(updates));
  }
  std::set<std::string> sources;
  for (const auto& [name, package] : state_.installed) {
    if (package.source) {
      sources.insert(package.source->file);
    }
  }
  TRY(cache_.sweep(sources));
  TRY(stager_.sweep());
  return summary_;
}

}  // namespace kerf::agent

#include "agent/download/part.h"

#include <nlohmann/json.hpp>

#include "io/file.h"
#include "io/folder.h"

namespace kerf::agent {

namespace {

using Json = nlohmann::ordered_json;

// Between two syncs: a power cut costs at most this much, a sync a few milliseconds.
constexpr std::uint64_t sync_interval = std::uint64_t{4} << 20;
constexpr std::uint64_t most_facts = std::uint64_t{64} << 10;

}  // namespace

Result<Part> Part::open(const std::string& folder, const std::string& address,
                        const std::string& boot) {
  const std::string base = folder + "/" + to_hex(sha256(as_bytes(address))).substr(0, 32);
  TRY(io::make_directories(folder));
  TRY_ASSIGN(io::AppendFile file, io::AppendFile::open(base + ".part"));
  Part part(std::move(file), base + ".part", base + ".json", address, boot);
  TRY(part.load());
  return part;
}

Status Part::load() {
  std::uint64_t good = 0;
  if (io::exists(facts_path_)) {
    TRY_ASSIGN(const io::FileSource source, io::FileSource::open(facts_path_));
    // Whatever is wrong with it: without it the download only begins anew.
    const auto text = read_all(source, most_facts);
    const Json facts = text ? Json::parse(*text, nullptr, false) : Json();
    if (facts.is_object() && facts.value("address", Json()) == address_ &&
        facts.value("validator", Json()).is_string() &&
        facts.value("durable", Json()).is_number_unsigned()) {
      validator_ = facts["validator"].get<std::string>();
      durable_ = facts["durable"].get<std::uint64_t>();
      good = facts.value("boot", Json()) == boot_ ? file_.size() : durable_;
    }
  }
  if (good > file_.size()) {
    good = 0;  // the file system has lost more than it should
  }
  durable_ = std::min(durable_, good);
  return file_.truncate(good);
}

Status Part::save() {
  const Json facts{
      {"address", address_}, {"validator", validator_}, {"durable", durable_}, {"boot", boot_}};
  TRY_ASSIGN(const auto out, io::OutputFile::create(facts_path_, true));
  TRY(out->write(as_bytes(facts.dump(2, ' ', false, Json::error_handler_t::replace) + "\n")));
  return out->commit();
}

Status Part::restart(const std::string& validator) {
  TRY(file_.truncate(0));
  validator_ = validator;
  durable_ = 0;
  return save();
}

Status Part::write(Bytes bytes) {
  TRY(file_.write(bytes));
  return file_.size() - durable_ >= sync_interval ? sync() : Status();
}

Status Part::sync() {
  TRY(file_.sync());
  durable_ = file_.size();
  return save();
}

Status Part::finish(const std::string& to) {
  TRY(file_.sync());
  TRY(io::rename(path_, to, true));
  TRY(io::sync_directory(io::directory_of(to)));
  return io::remove(facts_path_);
}

Status Part::discard() {
  TRY(io::remove(path_));
  return io::remove(facts_path_);
}

}  // namespace kerf::agent

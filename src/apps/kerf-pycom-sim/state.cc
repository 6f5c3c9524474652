#include "apps/kerf-pycom-sim/state.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "apps/common/signed_patch.h"
#include "io/file.h"
#include "trust/ed25519.h"

namespace kerf::pycom_sim {

namespace {

using Json = nlohmann::ordered_json;
using pycom::NorFlash;

// magic, length of the JSON text, the JSON text, then each sector that is not blank.
constexpr std::string_view magic = "KPYCOMS1";
constexpr std::size_t head_size = 12;
constexpr std::uint64_t largest_file = std::uint64_t{16} << 20;

Error damaged(const std::string& what) {
  return {Code::corrupt, "no usable state of a board: " + what + "; make one with init"};
}

std::uint64_t number(const Json& object, const char* name, std::uint64_t most) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_unsigned()) {
    return 0;
  }
  return std::min(found->get<std::uint64_t>(), most);
}

std::uint32_t number32(const Json& object, const char* name) {
  return static_cast<std::uint32_t>(
      number(object, name, std::numeric_limits<std::uint32_t>::max()));
}

bool flag(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::string text(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Json describe(const Board& board) {
  const pycom::Device& device = board.device;
  const NorFlash& flash = device.machine().flash;
  const pycom::StockRegisters& stock = device.stock_registers();
  Json sectors = Json::array();
  for (std::uint32_t i = 0; i < flash.size() / NorFlash::sector_size; ++i) {
    if (flash.sector(i) != nullptr) {
      sectors.push_back(i);
    }
  }
  Json object{{"board", device.machine().layout().name},
              {"mode", device.config().mode == pycom::Mode::kerf ? "kerf" : "stock"},
              {"psram", device.machine().hardware.psram},
              {"encrypted", device.machine().hardware.encrypted},
              {"diff_update_enabled", device.config().diff_enabled},
              {"public_key", board.public_key_path},
              {"life", static_cast<unsigned>(device.life())},
              {"running", static_cast<unsigned>(device.running())},
              {"operations", board.operations + flash.operations()},
              {"psram_peak", device.machine().psram_peak},
              {"offset_start", stock.offset_start},
              {"download_size", stock.boot_info.size}};
  if (flash.cut_armed()) {
    object["cut_after"] = flash.cut_countdown();
    object["cut_seed"] = flash.cut_seed();
  }
  object["sectors"] = std::move(sectors);
  return object;
}

pycom::DeviceConfig config_of(const Json& object) {
  pycom::DeviceConfig config;
  config.hardware.board =
      text(object, "board") == "4mb" ? pycom::Board::flash_4mb : pycom::Board::flash_8mb;
  config.hardware.psram = static_cast<std::uint32_t>(number(object, "psram", 64U << 20));
  config.hardware.encrypted = flag(object, "encrypted");
  config.mode = text(object, "mode") == "kerf" ? pycom::Mode::kerf : pycom::Mode::stock;
  config.diff_enabled = flag(object, "diff_update_enabled");
  return config;
}

}  // namespace

Status apply_public_key(Board& board) {
  if (board.public_key_path.empty()) {
    board.device.config().signature_check = nullptr;
    return {};
  }
  TRY_ASSIGN(const trust::PublicKey key, trust::load_public_key(board.public_key_path));
  board.device.config().signature_check = [key](const bsdiff::Trailer& trailer) -> Status {
    if (trailer.signature->key_id != trust::key_id(key)) {
      return Error(Code::denied, "the patch is signed by key " + to_hex(trailer.signature->key_id) +
                                     ", which is not the one this device trusts");
    }
    return trust::verify(key, bsdiff::signed_part(trailer), trailer.signature->signature);
  };
  return {};
}

Result<Board> load_board(const std::string& path) {
  TRY_ASSIGN(const io::FileSource file, io::FileSource::open(path));
  TRY_ASSIGN(const std::vector<std::uint8_t> bytes, read_all(file, largest_file));
  if (bytes.size() < head_size || !std::ranges::equal(Bytes(bytes).first(8), as_bytes(magic))) {
    return damaged("wrong first bytes").in(path);
  }
  const std::uint32_t length = load_le32(&bytes[8]);
  if (length > bytes.size() - head_size) {
    return damaged("cut short").in(path);
  }
  const Bytes described = Bytes(bytes).subspan(head_size, length);
  const Json object = Json::parse(described.begin(), described.end(), nullptr, false);
  if (!object.is_object() || !object.contains("sectors") || !object["sectors"].is_array()) {
    return damaged("its description cannot be read").in(path);
  }
  Board board{pycom::Device(config_of(object)), number(object, "operations", 1ULL << 62),
              text(object, "public_key")};
  NorFlash& flash = board.device.flash();
  Bytes rest = Bytes(bytes).subspan(head_size + length);
  const pycom::Layout& layout = board.device.machine().layout();
  std::vector<std::uint8_t> blank(NorFlash::sector_size, 0xFF);
  flash.install(layout.config, blank);  // what a new board has there
  for (const Json& sector : object["sectors"]) {
    if (!sector.is_number_unsigned() || rest.size() < NorFlash::sector_size ||
        sector.get<std::uint64_t>() >= flash.size() / NorFlash::sector_size) {
      return damaged("a sector is missing").in(path);
    }
    flash.install(sector.get<std::uint32_t>() * NorFlash::sector_size,
                  rest.first(NorFlash::sector_size));
    rest = rest.subspan(NorFlash::sector_size);
  }
  board.device.machine().psram_peak = number(object, "psram_peak", 1ULL << 40);
  const std::uint32_t life = number32(object, "life");
  if (life == static_cast<std::uint32_t>(pycom::Life::running)) {
    pycom::StockRegisters stock;
    stock.offset_start = number32(object, "offset_start");
    stock.boot_info.size = number32(object, "download_size");
    board.device.resume(
        number32(object, "running") == 1 ? pycom::Slot::ota_0 : pycom::Slot::factory, stock);
  } else {
    board.device.power_off();
  }
  if (object.contains("cut_after")) {
    flash.cut_after(number(object, "cut_after", 1ULL << 62),
                    number(object, "cut_seed", std::numeric_limits<std::uint64_t>::max()));
  }
  TRY(apply_public_key(board));
  return board;
}

Status save_board(const Board& board, const std::string& path) {
  const std::string described = describe(board).dump();
  TRY_ASSIGN(const auto out, io::OutputFile::create(path, true));
  ByteWriter head;
  head.bytes(as_bytes(magic));
  head.le32(static_cast<std::uint32_t>(described.size()));
  head.bytes(as_bytes(described));
  TRY(out->write(head.view()));
  const NorFlash& flash = board.device.machine().flash;
  for (std::uint32_t i = 0; i < flash.size() / NorFlash::sector_size; ++i) {
    if (const NorFlash::Sector* sector = flash.sector(i)) {
      TRY(out->write(*sector));
    }
  }
  return out->commit();
}

}  // namespace kerf::pycom_sim

// Downloads over HTTP and HTTPS, which go on after a broken connection and after a restart.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "agent/fetch.h"

namespace kerf::agent {

struct HttpOptions {
  std::string folder;              // for parts; in the file system of the destinations
  std::string ca_file;             // PEM; empty: the system's certificates
  std::string client_certificate;  // PEM; empty: none
  std::string client_key;          // PEM; empty: in the certificate's file
  std::string user_agent = "kerf";
  std::string boot;         // see boot.h; empty: as after a restart
  bool https_only = false;  // refuse http://, also after a redirection
  // Attempts in a row that bring the download no further, before it has failed.
  unsigned attempts = 4;
  unsigned wait_ms = 1000;        // before the second attempt; doubled each time, to a minute
  unsigned connect_seconds = 30;  // until a connection stands
  unsigned silent_seconds = 60;   // fewer than 100 bytes a second for so long: broken
};

// A download goes on with Range and If-Range when the remote file has a strong ETag or a date; a
// server that sends all of it instead (200) is taken at its word. At most five redirections, never
// from https to http. Errors: download_* and no_space. Keeps its connection open between files.
class HttpFetcher final : public Fetcher {
 public:
  explicit HttpFetcher(HttpOptions options);
  ~HttpFetcher() override;
  HttpFetcher(const HttpFetcher&) = delete;
  HttpFetcher& operator=(const HttpFetcher&) = delete;

  Status fetch(const std::string& address, const Wanted& wanted, const std::string& to,
               Observer* observer) override;
  // Removes what unfinished downloads have left: nobody will go on with them.
  Status sweep() const;

 private:
  struct Connection;
  HttpOptions options_;
  std::unique_ptr<Connection> connection_;
};

// "https://user:secret@host/x" -> "https://host/x": how messages name an address.
std::string without_credentials(const std::string& address);

}  // namespace kerf::agent

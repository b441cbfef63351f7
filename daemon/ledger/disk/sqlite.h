#pragma once

// A thin owner of SQLite's handles. Errors are LedgerError, with SQLite's words and the file.
//
// Threads: a database belongs to one thread at a time.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace tillwatch::sqlite {

class Database;

class Statement {
 public:
  // Binds from 1, runs, and is ready to be bound again after run() or the last step().
  Statement& bind(int index, long long value);
  Statement& bind(int index, std::string_view value);
  Statement& bind_null(int index);
  void run();
  bool step();  // true: there is a row

  long long integer(int column) const;
  std::string text(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(Database& database, sqlite3_stmt* statement)
      : database_(&database), statement_(statement) {}
  void check(int code) const;
  Database* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  explicit Database(const std::filesystem::path& path);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void execute(const char* sql);
  Statement prepare(std::string_view sql);
  // Throws for a code that is not success.
  void check(int code) const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::filesystem::path path_;
  std::unique_ptr<sqlite3, Close> database_;
};

// Rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace tillwatch::sqlite

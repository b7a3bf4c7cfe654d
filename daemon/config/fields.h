/* SPDX-License-Identifier: BSD-2-Clause */
/* fields.h - the types of options.def in C: the member for a value of each, in the
 * configuration's structs (members.def) and in the messages to NET and JAIL
 * (sent.def). */
#ifndef CONFIG_FIELDS_H
#define CONFIG_FIELDS_H

/* In the configuration. */
#define FIELD_TYPE_ACCOUNT(field, most)        char field[(most) + 1];
#define FIELD_TYPE_ACTIVE_PORT(field, most)    enum active_port field;
#define FIELD_TYPE_ADDRESSES(field, most)      struct sockaddr_storage field[LISTENER_ADDRESSES_MAX];
#define FIELD_TYPE_BAN_REPLY(field, most)      enum ban_reply field;
#define FIELD_TYPE_BLOCKS(field, most)         char field[(most) + 1];
#define FIELD_TYPE_BOOL(field, most)           bool field;
#define FIELD_TYPE_CHECKSUM(field, most)       enum upload_checksum field;
#define FIELD_TYPE_COMMANDS(field, most)       char field[LIST_ROOM];
#define FIELD_TYPE_DATA_RESUME(field, most)    enum data_resume field;
#define FIELD_TYPE_DATE(field, most)           uint32_t field;
#define FIELD_TYPE_ENDPOINT(field, most)       char field[(most) + 1];
#define FIELD_TYPE_EVENTS(field, most)         uint32_t field; /* EVENT_BITs */
#define FIELD_TYPE_FAILED_UPLOADS(field, most) enum failed_uploads field;
#define FIELD_TYPE_FILE_NAME(field, most)      char field[(most) + 1];
#define FIELD_TYPE_GROUPS(field, most)         char field[LIST_ROOM];
#define FIELD_TYPE_HASHES(field, most)         uint32_t field; /* enum old_hash */
#define FIELD_TYPE_HOME(field, most)           char field[(most) + 1];
#define FIELD_TYPE_HOURS(field, most)          struct hours field[HOURS_MAX];
#define FIELD_TYPE_LINES(field, most)          char field[(most) + 1];
#define FIELD_TYPE_LIST_OWNER(field, most)     enum list_owner field;
#define FIELD_TYPE_LOG(field, most)            char field[(most) + 1];
#define FIELD_TYPE_LOG_FORMAT(field, most)     enum log_format field;
#define FIELD_TYPE_LOG_LEVEL(field, most)      uint32_t field; /* enum log_level */
#define FIELD_TYPE_NUMBER(field, most)         uint32_t field;
#define FIELD_TYPE_OCTAL(field, most)          uint32_t field;
#define FIELD_TYPE_PASSIVE(field, most)        struct passive_rule field[PASSIVE_RULES_MAX];
#define FIELD_TYPE_PATH(field, most)           char field[(most) + 1];
#define FIELD_TYPE_PATTERNS(field, most)       char field[LIST_ROOM];
#define FIELD_TYPE_PORTS(field, most)          struct port_range field;
#define FIELD_TYPE_RATE(field, most)           uint64_t field;
#define FIELD_TYPE_RESUME_USER(field, most)    enum data_resume field;
#define FIELD_TYPE_RIGHTS(field, most)         uint32_t field; /* enum right */
#define FIELD_TYPE_SANDBOX(field, most)        enum sandbox_mode field;
#define FIELD_TYPE_SPACE(field, most)          uint64_t field; /* bytes, or SPACE_PERCENT */
#define FIELD_TYPE_START(field, most)          char field[(most) + 1];
#define FIELD_TYPE_TEXT(field, most)           char field[(most) + 1];
#define FIELD_TYPE_TITLES(field, most)         enum process_titles field;
#define FIELD_TYPE_TLS_LISTENER(field, most)   enum tls_mode field;
#define FIELD_TYPE_TLS_MODE(field, most)       enum tls_mode field;
#define FIELD_TYPE_TLS_USER(field, most)       enum tls_mode field;
#define FIELD_TYPE_TLS_VERSION(field, most)    enum tls_version field;
#define FIELD_TYPE_UPLOADS(field, most)        enum upload_mode field;
#define FIELD_TYPE_ZONE(field, most)           char field[(most) + 1];

/* In a message, for the types of policy keys.  The bound is the largest number, or
 * the bytes of the text with its NUL. */
#define SENT_TYPE_BLOCKS(field, most)         SENT_TEXT(field, (most) + 1)
#define SENT_TYPE_BOOL(field, most)           SENT_NUMBER(field, 1)
#define SENT_TYPE_CHECKSUM(field, most)       SENT_NUMBER(field, CHECKSUM_LAST)
#define SENT_TYPE_COMMANDS(field, most)       SENT_TEXT(field, LIST_ROOM)
#define SENT_TYPE_DATE(field, most)           SENT_NUMBER(field, UINT32_MAX)
#define SENT_TYPE_FAILED_UPLOADS(field, most) SENT_NUMBER(field, FAILED_UPLOADS_LAST)
#define SENT_TYPE_FILE_NAME(field, most)      SENT_TEXT(field, (most) + 1)
#define SENT_TYPE_LINES(field, most)          SENT_TEXT(field, (most) + 1)
#define SENT_TYPE_LIST_OWNER(field, most)     SENT_NUMBER(field, LIST_OWNER_LAST)
#define SENT_TYPE_NUMBER(field, most)         SENT_NUMBER(field, most)
#define SENT_TYPE_OCTAL(field, most)          SENT_NUMBER(field, most)
#define SENT_TYPE_PATH(field, most)           SENT_TEXT(field, (most) + 1)
#define SENT_TYPE_PATTERNS(field, most)       SENT_TEXT(field, LIST_ROOM)
#define SENT_TYPE_RATE(field, most)           SENT_AMOUNT(field, most)
#define SENT_TYPE_RESUME_USER(field, most)    SENT_NUMBER(field, RESUME_INHERIT)
#define SENT_TYPE_RIGHTS(field, most)         SENT_NUMBER(field, RIGHTS_ALL)
#define SENT_TYPE_SPACE(field, most)          SENT_AMOUNT(field, SPACE_PERCENT(100))
#define SENT_TYPE_START(field, most)          SENT_TEXT(field, (most) + 1)
#define SENT_TYPE_TEXT(field, most)           SENT_TEXT(field, (most) + 1)
#define SENT_TYPE_TLS_USER(field, most)       SENT_NUMBER(field, TLS_REQUIRED)
#define SENT_TYPE_UPLOADS(field, most)        SENT_NUMBER(field, UPLOADS_LAST)
#define SENT_TYPE_ZONE(field, most)           SENT_TEXT(field, (most) + 1)

#endif

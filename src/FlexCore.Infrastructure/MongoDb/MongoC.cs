using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.MongoDb;

/// <summary>MongoDB's driver for C (https://mongoc.org/libmongoc/1.23.1/), as the operating system has it and patches it; none is shipped. Its calls wait for the server: they run on threads of <see cref="BlockingThreads"/>.</summary>
internal static partial class MongoC
{
    private const string Mongo = "libmongoc-1.0.so.0";
    private const string Bson = "libbson-1.0.so.0";

    private static readonly Lazy<bool> Loaded = new(Load);

    /// <summary>Loads the library once in the life of the process.</summary>
    /// <exception cref="Domain.Errors.FlexCoreException">It is not installed.</exception>
    public static void EnsureLoaded() => _ = Loaded.Value;

    /// <summary>Finds a library of the driver, or says how to get it.</summary>
    public static nint Find(string name) => SystemLibrary.Find("MongoDB", name, "Install MongoDB's C driver, on Debian by `apt-get install libmongoc-1.0-0`.");

    private static bool Load()
    {
        _ = Find(Bson);
        _ = Find(Mongo);

        // It would write to standard error. What matters of it comes back as the failure of an operation.
        SetLogHandler(0, 0);
        Initialize();
        return true;
    }

    [LibraryImport(Mongo, EntryPoint = "mongoc_init")]
    private static partial void Initialize();

    [LibraryImport(Mongo, EntryPoint = "mongoc_log_set_handler")]
    private static partial void SetLogHandler(nint handler, nint userData);

    [LibraryImport(Bson, EntryPoint = "bson_new_from_data")]
    public static partial BsonHandle NewBson(ReadOnlySpan<byte> data, nuint length);

    [LibraryImport(Bson, EntryPoint = "bson_new_from_json")]
    public static partial BsonHandle NewBsonFromJson(ReadOnlySpan<byte> json, nint length, ref MongoError error);

    [LibraryImport(Bson, EntryPoint = "bson_init")]
    public static partial void InitializeBson(nint bson);

    [LibraryImport(Bson, EntryPoint = "bson_destroy")]
    public static partial void DestroyBson(nint bson);

    [LibraryImport(Bson, EntryPoint = "bson_get_data")]
    public static partial nint DataOf(nint bson);

    [LibraryImport(Bson, EntryPoint = "bson_as_canonical_extended_json")]
    public static partial nint ToCanonicalJson(BsonHandle bson, out nuint length);

    [LibraryImport(Bson, EntryPoint = "bson_as_relaxed_extended_json")]
    public static partial nint ToRelaxedJson(BsonHandle bson, out nuint length);

    [LibraryImport(Bson, EntryPoint = "bson_free")]
    public static partial void Free(nint memory);

    [LibraryImport(Mongo, EntryPoint = "mongoc_uri_new_with_error", StringMarshalling = StringMarshalling.Utf8)]
    public static partial MongoUriHandle NewUri(string uri, ref MongoError error);

    [LibraryImport(Mongo, EntryPoint = "mongoc_uri_destroy")]
    public static partial void DestroyUri(nint uri);

    [LibraryImport(Mongo, EntryPoint = "mongoc_uri_set_username", StringMarshalling = StringMarshalling.Utf8)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool SetUser(MongoUriHandle uri, string user);

    [LibraryImport(Mongo, EntryPoint = "mongoc_uri_set_password", StringMarshalling = StringMarshalling.Utf8)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool SetPassword(MongoUriHandle uri, string password);

    [LibraryImport(Mongo, EntryPoint = "mongoc_uri_set_auth_mechanism", StringMarshalling = StringMarshalling.Utf8)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool SetMechanism(MongoUriHandle uri, string mechanism);

    [LibraryImport(Mongo, EntryPoint = "mongoc_uri_set_option_as_utf8", StringMarshalling = StringMarshalling.Utf8)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool SetOption(MongoUriHandle uri, string option, string value);

    [LibraryImport(Mongo, EntryPoint = "mongoc_client_pool_new_with_error")]
    public static partial MongoPoolHandle NewPool(MongoUriHandle uri, ref MongoError error);

    [LibraryImport(Mongo, EntryPoint = "mongoc_client_pool_destroy")]
    public static partial void DestroyPool(nint pool);

    [LibraryImport(Mongo, EntryPoint = "mongoc_client_pool_set_error_api")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool SetErrorApi(MongoPoolHandle pool, int version);

    [LibraryImport(Mongo, EntryPoint = "mongoc_client_pool_pop")]
    public static partial nint Pop(MongoPoolHandle pool);

    [LibraryImport(Mongo, EntryPoint = "mongoc_client_pool_push")]
    public static partial void Push(nint pool, nint client);

    [LibraryImport(Mongo, EntryPoint = "mongoc_client_command_simple", StringMarshalling = StringMarshalling.Utf8)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool Command(MongoClientHandle client, string database, BsonHandle command, nint readPreferences, BsonReply reply, ref MongoError error);

    [LibraryImport(Mongo, EntryPoint = "mongoc_client_write_command_with_opts", StringMarshalling = StringMarshalling.Utf8)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool WriteCommand(MongoClientHandle client, string database, BsonHandle command, BsonHandle options, BsonReply reply, ref MongoError error);

    [LibraryImport(Mongo, EntryPoint = "mongoc_client_get_database", StringMarshalling = StringMarshalling.Utf8)]
    public static partial MongoDatabaseHandle GetDatabase(MongoClientHandle client, string name);

    [LibraryImport(Mongo, EntryPoint = "mongoc_database_destroy")]
    public static partial void DestroyDatabase(nint database);

    [LibraryImport(Mongo, EntryPoint = "mongoc_database_find_collections_with_opts")]
    public static partial MongoCursorHandle FindCollections(MongoDatabaseHandle database, BsonHandle options);

    [LibraryImport(Mongo, EntryPoint = "mongoc_client_get_collection", StringMarshalling = StringMarshalling.Utf8)]
    public static partial MongoCollectionHandle GetCollection(MongoClientHandle client, string database, string name);

    [LibraryImport(Mongo, EntryPoint = "mongoc_collection_destroy")]
    public static partial void DestroyCollection(nint collection);

    [LibraryImport(Mongo, EntryPoint = "mongoc_collection_find_with_opts")]
    public static partial MongoCursorHandle Find(MongoCollectionHandle collection, BsonHandle filter, BsonHandle options, nint readPreferences);

    [LibraryImport(Mongo, EntryPoint = "mongoc_collection_aggregate")]
    public static partial MongoCursorHandle Aggregate(MongoCollectionHandle collection, int flags, BsonHandle pipeline, BsonHandle options, nint readPreferences);

    [LibraryImport(Mongo, EntryPoint = "mongoc_collection_find_indexes_with_opts")]
    public static partial MongoCursorHandle FindIndexes(MongoCollectionHandle collection, BsonHandle options);

    [LibraryImport(Mongo, EntryPoint = "mongoc_collection_count_documents")]
    public static partial long CountDocuments(MongoCollectionHandle collection, BsonHandle filter, BsonHandle options, nint readPreferences, BsonReply reply, ref MongoError error);

    [LibraryImport(Mongo, EntryPoint = "mongoc_collection_estimated_document_count")]
    public static partial long EstimateCount(MongoCollectionHandle collection, BsonHandle options, nint readPreferences, BsonReply reply, ref MongoError error);

    [LibraryImport(Mongo, EntryPoint = "mongoc_collection_insert_many")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool Insert(MongoCollectionHandle collection, ReadOnlySpan<nint> documents, nuint count, BsonHandle options, BsonReply reply, ref MongoError error);

    [LibraryImport(Mongo, EntryPoint = "mongoc_collection_update_one")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool UpdateOne(MongoCollectionHandle collection, BsonHandle filter, BsonHandle change, BsonHandle options, BsonReply reply, ref MongoError error);

    [LibraryImport(Mongo, EntryPoint = "mongoc_collection_update_many")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool UpdateMany(MongoCollectionHandle collection, BsonHandle filter, BsonHandle change, BsonHandle options, BsonReply reply, ref MongoError error);

    [LibraryImport(Mongo, EntryPoint = "mongoc_collection_replace_one")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool Replace(MongoCollectionHandle collection, BsonHandle filter, BsonHandle document, BsonHandle options, BsonReply reply, ref MongoError error);

    [LibraryImport(Mongo, EntryPoint = "mongoc_collection_delete_one")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool DeleteOne(MongoCollectionHandle collection, BsonHandle filter, BsonHandle options, BsonReply reply, ref MongoError error);

    [LibraryImport(Mongo, EntryPoint = "mongoc_collection_delete_many")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool DeleteMany(MongoCollectionHandle collection, BsonHandle filter, BsonHandle options, BsonReply reply, ref MongoError error);

    [LibraryImport(Mongo, EntryPoint = "mongoc_cursor_next")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool Next(MongoCursorHandle cursor, out nint document);

    [LibraryImport(Mongo, EntryPoint = "mongoc_cursor_error_document")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool ErrorOf(MongoCursorHandle cursor, ref MongoError error, out nint reply);

    [LibraryImport(Mongo, EntryPoint = "mongoc_cursor_destroy")]
    public static partial void DestroyCursor(nint cursor);
}

/// <summary>The driver's <c>bson_error_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MongoError
{
    public uint Domain;
    public uint Code;
    public Text Message;

    /// <summary>A text that ends with a zero.</summary>
    [InlineArray(504)]
    [StructLayout(LayoutKind.Sequential)]
    public struct Text
    {
        private byte _first;
    }
}

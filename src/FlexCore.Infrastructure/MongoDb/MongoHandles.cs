using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Infrastructure.MongoDb;

/// <summary>A document of the driver's, which holds a copy of the bytes.</summary>
internal sealed class BsonHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    /// <exception cref="ArgumentException">The bytes are no document.</exception>
    public static BsonHandle Of(ReadOnlySpan<byte> bytes)
    {
        var made = MongoC.NewBson(bytes, (nuint)bytes.Length);
        return made.IsInvalid ? throw new ArgumentException("The bytes are no BSON document.", nameof(bytes)) : made;
    }

    /// <summary>The bytes of a document of the driver's.</summary>
    public static unsafe ReadOnlySpan<byte> BytesOf(nint bson)
    {
        var data = (byte*)MongoC.DataOf(bson);
        return new ReadOnlySpan<byte>(data, BinaryPrimitives.ReadInt32LittleEndian(new ReadOnlySpan<byte>(data, sizeof(int))));
    }

    protected override bool ReleaseHandle()
    {
        MongoC.DestroyBson(handle);
        return true;
    }
}

/// <summary>Room for a document that the driver answers with.</summary>
internal sealed class BsonReply : SafeHandleZeroOrMinusOneIsInvalid
{
    private const int Size = 128; // of a bson_t, and its alignment

    public unsafe BsonReply()
        : base(ownsHandle: true)
    {
        SetHandle((nint)NativeMemory.AlignedAlloc(Size, Size));

        // The driver does so, too, in all calls that get as far as that.
        MongoC.InitializeBson(handle);
    }

    /// <summary>What is in it, until it is disposed.</summary>
    public ReadOnlySpan<byte> Bytes => BsonHandle.BytesOf(handle);

    protected override unsafe bool ReleaseHandle()
    {
        MongoC.DestroyBson(handle);
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}

/// <summary>Where the servers are, and how they are used.</summary>
internal sealed class MongoUriHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        MongoC.DestroyUri(handle);
        return true;
    }
}

/// <summary>The driver's pool of clients. It lives until the last of them is back, whoever disposes it before.</summary>
internal sealed class MongoPoolHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    /// <summary>Takes a client out, for one thread at a time. Waits while all are out.</summary>
    /// <param name="returned">Called when it is back.</param>
    public MongoClientHandle Pop(Action returned)
    {
        var isHeld = false;
        DangerousAddRef(ref isHeld);
        return new MongoClientHandle(this, MongoC.Pop(this), returned);
    }

    protected override bool ReleaseHandle()
    {
        MongoC.DestroyPool(handle);
        return true;
    }
}

/// <summary>A client that was taken out of the pool, and goes back when it is disposed.</summary>
internal sealed class MongoClientHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly MongoPoolHandle _pool;
    private readonly Action _returned;

    public MongoClientHandle(MongoPoolHandle pool, nint client, Action returned)
        : base(ownsHandle: true)
    {
        (_pool, _returned) = (pool, returned);
        SetHandle(client);
    }

    protected override bool ReleaseHandle()
    {
        MongoC.Push(_pool.DangerousGetHandle(), handle);
        _pool.DangerousRelease();
        _returned();
        return true;
    }
}

/// <summary>A database over a client.</summary>
internal sealed class MongoDatabaseHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        MongoC.DestroyDatabase(handle);
        return true;
    }
}

/// <summary>A collection over a client.</summary>
internal sealed class MongoCollectionHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        MongoC.DestroyCollection(handle);
        return true;
    }
}

/// <summary>Documents that come one after the other. Its end is told to the server over the client that it has.</summary>
internal sealed class MongoCursorHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    private MongoClientHandle? _client;

    /// <summary>Has the client stay out of the pool for as long as this is there.</summary>
    public void Hold(MongoClientHandle client)
    {
        var isHeld = false;
        client.DangerousAddRef(ref isHeld);
        _client = client;
    }

    protected override bool ReleaseHandle()
    {
        MongoC.DestroyCursor(handle);
        _client?.DangerousRelease();
        return true;
    }
}

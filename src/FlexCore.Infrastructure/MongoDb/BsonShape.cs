using System.Buffers.Binary;
using System.Text.Unicode;

namespace FlexCore.Infrastructure.MongoDb;

/// <summary>Whether bytes are one document of BSON (https://bsonspec.org/spec.html), so that neither the driver nor we read beyond them or go too deep.</summary>
internal ref struct BsonShape
{
    private const int SmallestDocument = 5;

    private readonly ReadOnlySpan<byte> _bytes;
    private int _at;

    private BsonShape(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>What is wrong with them; null when nothing is.</summary>
    public static string? ProblemOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MongoDbDocument.MaxBytes) return $"is longer than {MongoDbDocument.MaxBytes} bytes";
        var shape = new BsonShape(bytes);
        try
        {
            shape.ReadDocument(1);
            return shape._at == bytes.Length ? null : "has bytes behind its end";
        }
        catch (InvalidDataException e)
        {
            return e.Message;
        }
    }

    /// <summary>The value of a field at the top of a document that was checked.</summary>
    /// <param name="document">The document.</param>
    /// <param name="name">The field.</param>
    /// <param name="value">Its bytes.</param>
    /// <returns>Its type; 0 where there is none.</returns>
    public static byte Find(ReadOnlySpan<byte> document, ReadOnlySpan<byte> name, out Range value)
    {
        var shape = new BsonShape(document) { _at = sizeof(int) };
        while (document[shape._at] != 0)
        {
            var type = document[shape._at++];
            var isIt = shape.ReadName().SequenceEqual(name);
            var begin = shape._at;
            shape.ReadValue(type, 1);
            value = begin..shape._at;
            if (isIt) return type;
        }

        value = default;
        return 0;
    }

    private void ReadDocument(int depth)
    {
        if (depth > MongoDbDocument.MaxDepth) throw new InvalidDataException($"is nested deeper than {MongoDbDocument.MaxDepth}");
        var begin = _at;
        var length = ReadLength(SmallestDocument);
        Need(length - sizeof(int));
        var end = begin + length - 1;
        while (_at < end)
        {
            var type = _bytes[_at++];
            CheckText(ReadName());
            ReadValue(type, depth);
        }

        if (_at != end || _bytes[end] != 0) throw new InvalidDataException("is no BSON");
        _at++;
    }

    private void ReadValue(byte type, int depth)
    {
        switch (type)
        {
            case 0x06 or 0x0A or 0x7F or 0xFF: // undefined, null, the greatest and the least key
                break;
            case 0x08: // a boolean
                Need(1);
                if (_bytes[_at] > 1) throw new InvalidDataException("is no BSON");
                _at++;
                break;
            case 0x10: // int32
                Skip(4);
                break;
            case 0x01 or 0x09 or 0x11 or 0x12: // double, date, timestamp, int64
                Skip(8);
                break;
            case 0x07: // ObjectId
                Skip(12);
                break;
            case 0x13: // decimal128
                Skip(16);
                break;
            case 0x02 or 0x0D or 0x0E: // text, code, symbol
                ReadText();
                break;
            case 0x03 or 0x04: // a document, an array
                ReadDocument(depth + 1);
                break;
            case 0x05: // bytes
                var bytes = ReadLength(0);
                Skip(1 + bytes);
                break;
            case 0x0B: // a regular expression and its options
                CheckText(ReadName());
                CheckText(ReadName());
                break;
            case 0x0C: // a pointer
                ReadText();
                Skip(12);
                break;
            case 0x0F: // code with its scope
                var begin = _at;
                var length = ReadLength(0);
                ReadText();
                ReadDocument(depth + 1);
                if (_at != begin + length) throw new InvalidDataException("is no BSON");
                break;
            default:
                throw new InvalidDataException("is no BSON: a type that there is not");
        }
    }

    private void ReadText()
    {
        var length = ReadLength(1);
        Need(length);
        if (_bytes[_at + length - 1] != 0) throw new InvalidDataException("is no BSON");
        CheckText(_bytes.Slice(_at, length - 1));
        _at += length;
    }

    private ReadOnlySpan<byte> ReadName()
    {
        var length = _bytes[_at..].IndexOf((byte)0);
        if (length < 0) throw new InvalidDataException("ends in the middle");
        var name = _bytes.Slice(_at, length);
        _at += length + 1;
        return name;
    }

    private int ReadLength(int least)
    {
        Need(sizeof(int));
        var length = BinaryPrimitives.ReadInt32LittleEndian(_bytes[_at..]);
        _at += sizeof(int);
        return length >= least && length <= _bytes.Length ? length : throw new InvalidDataException("is no BSON: a length that cannot be");
    }

    private void Skip(int count)
    {
        Need(count);
        _at += count;
    }

    private readonly void Need(int count)
    {
        if (_bytes.Length - _at < count) throw new InvalidDataException("ends in the middle");
    }

    private static void CheckText(ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text)) throw new InvalidDataException("has a text that is not UTF-8");
    }
}

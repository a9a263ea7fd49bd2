namespace FlexCore.EventStore.Checkpoints;

/// <summary>Base64 in its one canonical form, so that no two texts stand for the same bytes.</summary>
internal static class Base64
{
    /// <returns>Null when the text is not base64, or not as an encoder writes it.</returns>
    internal static byte[]? Decode(string text)
    {
        var bytes = new byte[text.Length / 4 * 3];
        return Convert.TryFromBase64String(text, bytes, out var length) && Convert.ToBase64String(bytes, 0, length) == text ? bytes[..length] : null;
    }
}

using System.Text;

namespace FlexCore.Plugins.Secrets;

/// <summary>One form in which a secret may stand in a text.</summary>
/// <param name="Bytes">What stands there, in UTF-8 or ASCII.</param>
/// <param name="TakesOneBefore">Whether the character before it holds some bits of the secret.</param>
/// <param name="TakesOneBehind">Whether the character behind it does.</param>
internal sealed record SecretForm(byte[] Bytes, bool TakesOneBefore = false, bool TakesOneBehind = false)
{
    private const int Shortest = 4;
    private const int BitsPerByte = 8;
    private const int BitsPerCharacter = 6;

    /// <summary>
    /// All forms of a secret beside those that <see cref="DecodedText"/> undoes: as it stands, with its spaces as a form in a
    /// browser would send them, each of its lines, in base64 at any place of a longer text, and in hexadecimal.
    /// </summary>
    public static IEnumerable<SecretForm> Of(string secret)
    {
        if (secret.Length < Shortest) yield break;
        var bytes = Encoding.UTF8.GetBytes(secret);
        yield return new SecretForm(bytes);
        if (secret.Contains(' ', StringComparison.Ordinal)) yield return new SecretForm(Encoding.UTF8.GetBytes(secret.Replace(' ', '+')));

        // What is of several lines, such as a key, is logged line by line.
        foreach (var line in secret.Split(['\r', '\n'], StringSplitOptions.TrimEntries))
        {
            if (line.Length >= Shortest && line.Length < secret.Length) yield return new SecretForm(Encoding.UTF8.GetBytes(line));
        }

        for (var before = 0; before < 3; before++)
        {
            var form = InBase64(bytes, before);
            yield return form;
            yield return form with { Bytes = [.. form.Bytes.Select(c => c switch { (byte)'+' => (byte)'-', (byte)'/' => (byte)'_', _ => c })] };
        }

        yield return new SecretForm(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes)));
        yield return new SecretForm(Encoding.ASCII.GetBytes(Convert.ToHexString(bytes)));
    }

    /// <summary>The characters of base64 that are of the secret alone, when so many bytes, such as a user name, come before it.</summary>
    private static SecretForm InBase64(byte[] secret, int before)
    {
        byte[] all = [.. new byte[before], .. secret];
        var first = (before * BitsPerByte + BitsPerCharacter - 1) / BitsPerCharacter;
        var end = all.Length * BitsPerByte / BitsPerCharacter;
        return new SecretForm(
            Encoding.ASCII.GetBytes(Convert.ToBase64String(all)[first..end]),
            TakesOneBefore: before > 0,
            TakesOneBehind: all.Length * BitsPerByte % BitsPerCharacter > 0);
    }
}

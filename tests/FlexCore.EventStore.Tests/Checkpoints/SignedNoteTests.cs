using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.EventStore.Tests.Checkpoints;

public sealed class SignedNoteTests : IDisposable
{
    private const string Text = "example.org/log\n42\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n";

    private readonly SigningKey _key = SigningKey.Create("example.org/log");

    public void Dispose() => _key.Dispose();

    [Fact]
    public void Note_can_be_verified_with_the_public_key_alone()
    {
        var note = SignedNote.Sign(Text, _key).ToString();
        var key = VerificationKey.FromPem("example.org/log", _key.Verification.ToPem());
        var read = SignedNote.Parse(Encoding.UTF8.GetBytes(note));

        note.ShouldStartWith(Text + "\n\u2014 example.org/log ");
        (read.Text, read.ToString()).ShouldBe((Text, note));
        read.Verify([key]).ShouldBeTrue();
    }

    [Fact]
    public void Key_id_is_the_beginning_of_the_hash_of_the_public_key()
    {
        var spki = Convert.FromBase64String(_key.Verification.ToString());
        var signature = SignedNote.Sign(Text, _key).ToString().TrimEnd('\n').Split(' ')[^1];

        Convert.FromBase64String(signature)[..4].ShouldBe(SHA256.HashData(spki)[..4]);
        using var other = ECDsa.Create();
        other.ImportSubjectPublicKeyInfo(spki, out _);
        other.VerifyData(Encoding.UTF8.GetBytes(Text), Convert.FromBase64String(signature)[4..], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence).ShouldBeTrue();
    }

    [Fact]
    public void Key_that_was_kept_in_a_file_signs_as_before()
    {
        using var again = SigningKey.FromPem("example.org/log", _key.ToPem());

        (again.Verification.Id, again.Verification.ToString()).ShouldBe((_key.Verification.Id, _key.Verification.ToString()));
        SignedNote.Sign(Text, again).Verify([_key.Verification]).ShouldBeTrue();
    }

    [Fact]
    public void Note_of_a_key_that_is_not_trusted_is_not_valid()
    {
        using var other = SigningKey.Create("example.org/log");
        using var renamed = SigningKey.FromPem("example.org/other", _key.ToPem());
        var note = SignedNote.Sign(Text, _key);

        note.Verify([]).ShouldBeFalse();
        note.Verify([other.Verification]).ShouldBeFalse();
        note.Verify([renamed.Verification]).ShouldBeFalse();
        note.Verify([other.Verification, _key.Verification]).ShouldBeTrue();
    }

    [Fact]
    public void Signatures_of_others_do_not_disturb_but_a_wrong_one_of_a_trusted_key_does()
    {
        using var witness = SigningKey.Create("witness");
        var note = SignedNote.Sign(Text, _key).ToString();
        var both = SignedNote.Parse(Encoding.UTF8.GetBytes(note + Line(SignedNote.Sign(Text, witness))));
        var wrong = SignedNote.Parse(Encoding.UTF8.GetBytes(note + Line(SignedNote.Sign("x\n", witness))));

        both.Signatures.Count.ShouldBe(2);
        both.Verify([_key.Verification]).ShouldBeTrue();
        both.Verify([witness.Verification]).ShouldBeTrue();
        wrong.Verify([_key.Verification]).ShouldBeTrue();
        wrong.Verify([_key.Verification, witness.Verification]).ShouldBeFalse();

        static string Line(SignedNote note) => note.ToString()[(note.Text.Length + 1)..];
    }

    [Fact]
    public void Any_changed_byte_makes_a_note_invalid()
    {
        var note = Encoding.UTF8.GetBytes(SignedNote.Sign(Text, _key).ToString());
        for (var i = 0; i < note.Length; i++)
        {
            foreach (var change in (byte[])[1, 2, 4, 8, 16, 32, 64, 128, (byte)(note[i] ^ '\n')])
            {
                if (change == 0) continue;
                note[i] ^= change;
                IsValid(note).ShouldBeFalse($"byte {i} ^ {change}");
                note[i] ^= change;
            }

            IsValid(note[..i]).ShouldBeFalse();
            IsValid([.. note[..i], .. note[(i + 1)..]]).ShouldBeFalse();
        }

        IsValid(note).ShouldBeTrue();
        IsValid([.. note, (byte)'\n']).ShouldBeFalse();
    }

    [Fact]
    public void Garbage_is_refused_with_one_kind_of_error()
    {
        var valid = Encoding.UTF8.GetBytes(SignedNote.Sign(Text, _key).ToString());
        var garbage = Gen.OneOf(
            Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(),
            Gen.Elements("\n", "\n\n", "\u2014 ", "a", "a ", "AAAAAAAA", "+", "\0", " ").ListOf().Select(parts => Encoding.UTF8.GetBytes(string.Concat(parts))),
            from start in Gen.Choose(0, valid.Length) from length in Gen.Choose(0, valid.Length - start) select valid.AsSpan(start, length).ToArray());
        Check.QuickThrowOnFailure(Prop.ForAll(garbage.ToArbitrary(), bytes => IsValid(bytes) == bytes.AsSpan().SequenceEqual(valid)));

        Should.Throw<FormatException>(() => SignedNote.Parse(new byte[SignedNote.MaxSize + 1])).Message.ShouldContain("65536");
    }

    [Theory]
    [InlineData("")]
    [InlineData("no end")]
    [InlineData("a\tb\n")]
    [InlineData("a\r\n")]
    public void Text_that_cannot_be_read_again_is_not_signed(string text) => Should.Throw<ArgumentException>(() => SignedNote.Sign(text, _key));

    [Fact]
    public void Text_that_is_too_long_or_no_Unicode_is_not_signed()
    {
        // Half a surrogate pair does not survive in an attribute.
        Should.Throw<ArgumentException>(() => SignedNote.Sign("\ud800\n", _key));
        SignedNote.Sign(new string('x', SignedNote.MaxSize - 1000) + "\n", _key).Verify([_key.Verification]).ShouldBeTrue();
        Should.Throw<ArgumentException>(() => SignedNote.Sign(new string('x', SignedNote.MaxSize - 10) + "\n", _key));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a+b")]
    [InlineData("a\u2003b")]
    [InlineData("a\n")]
    public void Name_that_cannot_stand_in_a_note_is_refused(string name)
    {
        Should.Throw<ArgumentException>(() => SigningKey.Create(name));
        Should.Throw<ArgumentException>(() => VerificationKey.FromPem(name, _key.Verification.ToPem()));
    }

    [Fact]
    public void Files_that_hold_no_key_of_the_right_kind_are_refused()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        string[] wrong = ["", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"];

        foreach (var pem in wrong.Append(_key.Verification.ToPem()).Append(p384.ExportPkcs8PrivateKeyPem()).Append(rsa.ExportPkcs8PrivateKeyPem()))
        {
            Should.Throw<FormatException>(() => SigningKey.FromPem("k", pem));
        }

        foreach (var pem in wrong.Append(_key.ToPem()).Append(p384.ExportSubjectPublicKeyInfoPem()).Append(rsa.ExportSubjectPublicKeyInfoPem()))
        {
            Should.Throw<FormatException>(() => VerificationKey.FromPem("k", pem));
        }
    }

    private bool IsValid(byte[] note)
    {
        try
        {
            return SignedNote.Parse(note).Verify([_key.Verification]);
        }
        catch (FormatException)
        {
            return false;
        }
    }
}

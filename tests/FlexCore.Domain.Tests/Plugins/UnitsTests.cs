using FlexCore.Domain.Plugins;

namespace FlexCore.Domain.Tests.Plugins;

public sealed class UnitsTests
{
    [Theory]
    [InlineData("1", 1L)]
    [InlineData("1B", 1L)]
    [InlineData("1kB", 1_000L)]
    [InlineData("1KB", 1_000L)]
    [InlineData("1KiB", 1_024L)]
    [InlineData("512MiB", 512L << 20)]
    [InlineData("2MB", 2_000_000L)]
    [InlineData("3 GiB", 3L << 30)]
    [InlineData("4GB", 4_000_000_000L)]
    public void Size_is_read_in_bytes(string text, long bytes) => Units.Size(text).ShouldBe(bytes);

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1MiB")]
    [InlineData("1.5GiB")]
    [InlineData("MiB")]
    [InlineData("1mib")]
    [InlineData("1 MiB x")]
    [InlineData("9223372036854775807KiB")]
    [InlineData("99999999999999999999")]
    [InlineData("٣MiB")]
    public void Size_of_another_form_is_refused(string text) => Units.Size(text).ShouldBeNull();

    [Theory]
    [InlineData("1ms", 0.001)]
    [InlineData("500ms", 0.5)]
    [InlineData("5s", 5.0)]
    [InlineData("1.5m", 90.0)]
    [InlineData("2h", 7200.0)]
    [InlineData("8760h", 31_536_000.0)]
    public void Duration_is_read(string text, double seconds) => Units.Duration(text).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("0s")]
    [InlineData("-1s")]
    [InlineData("1d")]
    [InlineData("NaNs")]
    [InlineData("Infinitys")]
    [InlineData("1e3s")]
    [InlineData("0.00000001ms")]
    [InlineData("8761h")]
    public void Duration_of_another_form_or_out_of_range_is_refused(string text) => Units.Duration(text).ShouldBeNull();

    [Theory]
    [InlineData("1", 1)]
    [InlineData("1000000", 1_000_000)]
    [InlineData("0", null)]
    [InlineData("1000001", null)]
    [InlineData("-1", null)]
    [InlineData("1.0", null)]
    [InlineData("99999999999", null)]
    public void Count_is_a_whole_number_from_1_to_a_million(string text, int? count) => Units.Count(text).ShouldBe(count);
}

using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Kernel;

/// <summary>A table that the hot path writes to. Declared once by the capability that owns it.</summary>
public abstract class HotTable
{
    private static int count;

    private protected HotTable(string name)
    {
        Name = name;
        Index = Interlocked.Increment(ref count) - 1;
    }

    /// <summary>For logs.</summary>
    public string Name { get; }

    /// <summary>Position in per-table arrays.</summary>
    internal int Index { get; }

    /// <summary>How many tables have been declared.</summary>
    internal static int Count => Volatile.Read(ref count);
}

/// <summary>A table that only grows: rows go in by binary COPY, encoded when they are decided.</summary>
/// <param name="name">Table.</param>
/// <param name="columns">Columns in the order in which <see cref="CopyRow"/> values are written.</param>
public sealed class CopyTable(string name, params string[] columns) : HotTable(name)
{
    internal string CopySql { get; } = $"copy {name} ({string.Join(", ", columns)}) from stdin (format binary)";

    internal short ColumnCount { get; } = (short)columns.Length;
}

/// <summary>Rows that one multi-row statement writes, by unnest of one array per column.</summary>
public abstract class RowTable(string name, string sql) : HotTable(name)
{
    internal string Sql { get; } = sql;

    internal abstract NpgsqlBatchCommand Command(List<object> rows);
}

/// <inheritdoc cref="RowTable"/>
/// <param name="name">Table, for logs.</param>
/// <param name="sql">The statement; $1..$n are the arrays.</param>
/// <param name="columns">One array each, see <see cref="Column{TRow}"/>.</param>
public sealed class RowTable<TRow>(string name, string sql, params Column<TRow>[] columns) : RowTable(name, sql)
    where TRow : class
{
    internal override NpgsqlBatchCommand Command(List<object> rows)
    {
        var command = new NpgsqlBatchCommand(Sql);
        foreach (var column in columns)
        {
            command.Parameters.Add(column.Array(rows));
        }

        return command;
    }
}

/// <summary>How one column's array is taken from the rows.</summary>
public abstract class Column<TRow>
    where TRow : class
{
    internal abstract NpgsqlParameter Array(List<object> rows);

    /// <summary>A column of <typeparamref name="T"/> values.</summary>
    public static Column<TRow> Of<T>(NpgsqlDbType type, Func<TRow, T> value) => new Typed<T>(type, value);

    private sealed class Typed<T>(NpgsqlDbType type, Func<TRow, T> value) : Column<TRow>
    {
        internal override NpgsqlParameter Array(List<object> rows)
        {
            var values = new T[rows.Count];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = value((TRow)rows[i]);
            }

            return new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };
        }
    }
}

/// <summary>Writes one row of a <see cref="CopyTable"/> in PostgreSQL's binary COPY format, column by column.</summary>
public readonly ref struct CopyRow
{
    private static readonly DateTimeOffset Epoch = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly ArrayBufferWriter<byte> buffer;

    internal CopyRow(ArrayBufferWriter<byte> buffer, short columns)
    {
        this.buffer = buffer;
        BinaryPrimitives.WriteInt16BigEndian(buffer.GetSpan(2), columns);
        buffer.Advance(2);
    }

    /// <summary>A null of any type.</summary>
    public CopyRow Null()
    {
        Length(-1);
        return this;
    }

    /// <summary>uuid.</summary>
    public CopyRow Uuid(Guid value)
    {
        Length(16);
        value.TryWriteBytes(buffer.GetSpan(16), bigEndian: true, out _);
        buffer.Advance(16);
        return this;
    }

    /// <summary>timestamptz, to the microsecond.</summary>
    public CopyRow Time(DateTimeOffset value) => Long((value.UtcTicks - Epoch.UtcTicks) / TimeSpan.TicksPerMicrosecond);

    /// <inheritdoc cref="Time(DateTimeOffset)"/>
    public CopyRow Time(DateTimeOffset? value) => value is { } v ? Time(v) : Null();

    /// <summary>bigint.</summary>
    public CopyRow Long(long value)
    {
        Length(8);
        BinaryPrimitives.WriteInt64BigEndian(buffer.GetSpan(8), value);
        buffer.Advance(8);
        return this;
    }

    /// <inheritdoc cref="Long(long)"/>
    public CopyRow Long(long? value) => value is { } v ? Long(v) : Null();

    /// <summary>integer.</summary>
    public CopyRow Int(int value)
    {
        Length(4);
        BinaryPrimitives.WriteInt32BigEndian(buffer.GetSpan(4), value);
        buffer.Advance(4);
        return this;
    }

    /// <summary>real.</summary>
    public CopyRow Real(float? value)
    {
        if (value is not { } v)
        {
            return Null();
        }

        Length(4);
        BinaryPrimitives.WriteSingleBigEndian(buffer.GetSpan(4), v);
        buffer.Advance(4);
        return this;
    }

    /// <summary>text; NUL, which PostgreSQL cannot hold, becomes U+FFFD.</summary>
    public CopyRow Text(string? value)
    {
        if (value is null)
        {
            return Null();
        }

        return Utf8(value.Contains('\0', StringComparison.Ordinal) ? value.Replace('\0', '\uFFFD') : value, prefix: false);
    }

    /// <summary>jsonb; must be valid JSON.</summary>
    public CopyRow Json(string? value) => value is null ? Null() : Utf8(value, prefix: true);

    /// <summary>bytea.</summary>
    public CopyRow Bytes(ReadOnlySpan<byte> value)
    {
        Length(value.Length);
        buffer.Write(value);
        return this;
    }

    /// <summary>"char": one ASCII character.</summary>
    public CopyRow Char(char value)
    {
        Length(1);
        buffer.GetSpan(1)[0] = (byte)value;
        buffer.Advance(1);
        return this;
    }

    private CopyRow Utf8(string value, bool prefix)
    {
        Length(Encoding.UTF8.GetByteCount(value) + (prefix ? 1 : 0));
        if (prefix)
        {
            buffer.GetSpan(1)[0] = 1; // version of jsonb's wire format
            buffer.Advance(1);
        }

        Encoding.UTF8.GetBytes(value, buffer);
        return this;
    }

    private void Length(int bytes)
    {
        BinaryPrimitives.WriteInt32BigEndian(buffer.GetSpan(4), bytes);
        buffer.Advance(4);
    }
}

// SPDX-License-Identifier: Apache-2.0

/// Certificates for tests alone: an authority that nobody trusts, and three that it signed (`openssl ca`, P-256).
enum Certificates {
    /// Signs the others; valid from 2020 to 2120.
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBZDCCAQmgAwIBAgIBATAKBggqhkjOPQQDAjAgMR4wHAYDVQQDDBVTbHVpY2Ug
        dGVzdCBhdXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBa
        MCAxHjAcBgNVBAMMFVNsdWljZSB0ZXN0IGF1dGhvcml0eTBZMBMGByqGSM49AgEG
        CCqGSM49AwEHA0IABBDcK9Aw6J+gQrzlmqAuDG788NlvNhhcZOgu4IY925H7tAfR
        IPlSBEsFg1s1k/DnMb+ubQWANGlC0bkTiLGNSzCjMjAwMA8GA1UdEwEB/wQFMAMB
        Af8wHQYDVR0OBBYEFFAxT1T/iqKk7Jvc2cVJtsTH1cAgMAoGCCqGSM49BAMCA0kA
        MEYCIQCJkuHhkZ5zrYxPKQvjzO5Aw55CEYrqnUtR/+dEfHTaAAIhAIzuNF+/b74R
        Lwpbw03FqUjsEEr80msmIVotsZVakCNu
        -----END CERTIFICATE-----
        """
    /// For `localhost` and 127.0.0.1, from 2020 to 2120.
    static let valid = """
        -----BEGIN CERTIFICATE-----
        MIIBjjCCATSgAwIBAgIBAjAKBggqhkjOPQQDAjAgMR4wHAYDVQQDDBVTbHVpY2Ug
        dGVzdCBhdXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBa
        MBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IA
        BJ5IRW6K+eex2nqlYZhlUAmcbQFoi4PF+bDnhYBUZEk4DS3+i/TAFSZfJz2gU5Aj
        p+HqZf8fDQXzcXLBMCHAjMmjaTBnMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAA
        ATAJBgNVHRMEAjAAMB0GA1UdDgQWBBQE7xCIHvLeatN50V4yPMDCXqqeDTAfBgNV
        HSMEGDAWgBRQMU9U/4qipOyb3NnFSbbEx9XAIDAKBggqhkjOPQQDAgNIADBFAiEA
        5CiNTR0RzuYXCN/z9jKM64DjA4WT36uJPiK3dR/nrWECIC6g+bsxOCAhSsHyaA6Y
        SNaMafhDQ3BmiO4RJR37hv+B
        -----END CERTIFICATE-----
        """
    static let validKey = """
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIN6GJyU9xk3UoC+LUjYUEzrMUdOb/WwOrTGoJH0C8XumoAoGCCqGSM49
        AwEHoUQDQgAEnkhFbor557HaeqVhmGVQCZxtAWiLg8X5sOeFgFRkSTgNLf6L9MAV
        Jl8nPaBTkCOn4epl/x8NBfNxcsEwIcCMyQ==
        -----END EC PRIVATE KEY-----
        """
    /// For `other.example`, from 2020 to 2120.
    static let otherName = """
        -----BEGIN CERTIFICATE-----
        MIIBkTCCATagAwIBAgIBAzAKBggqhkjOPQQDAjAgMR4wHAYDVQQDDBVTbHVpY2Ug
        dGVzdCBhdXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBa
        MBgxFjAUBgNVBAMMDW90aGVyLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMB
        BwNCAASpa3Y4VJVLmM0rNNgXEn2XXP6tnXXbFS1yPD2gbJxfdl633ywps73cyds4
        3uYcNgXbcfY46+D1yQx7m+HxWXtgo2cwZTAYBgNVHREEETAPgg1vdGhlci5leGFt
        cGxlMAkGA1UdEwQCMAAwHQYDVR0OBBYEFISGXUtqOdu58srG3Iiz/D0txunKMB8G
        A1UdIwQYMBaAFFAxT1T/iqKk7Jvc2cVJtsTH1cAgMAoGCCqGSM49BAMCA0kAMEYC
        IQDtGaUL+U4A/iS+52ZhPYRqyNpcIMHdbR85wrBfoTPZeQIhAJLorAjAWospyOVb
        uCUzaPW7USZtAwZOrXG7rFYSMldC
        -----END CERTIFICATE-----
        """
    static let otherNameKey = """
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIFFoN1ih07SUtlM5j2ShBhvfzdCmtO/wJggyWxAjYxSxoAoGCCqGSM49
        AwEHoUQDQgAEqWt2OFSVS5jNKzTYFxJ9l1z+rZ112xUtcjw9oGycX3Zet98sKbO9
        3MnbON7mHDYF23H2OOvg9ckMe5vh8Vl7YA==
        -----END EC PRIVATE KEY-----
        """
    /// For `localhost` and 127.0.0.1, in January 2020.
    static let expired = """
        -----BEGIN CERTIFICATE-----
        MIIBizCCATKgAwIBAgIBBDAKBggqhkjOPQQDAjAgMR4wHAYDVQQDDBVTbHVpY2Ug
        dGVzdCBhdXRob3JpdHkwHhcNMjAwMTAxMDAwMDAwWhcNMjAwMjAxMDAwMDAwWjAU
        MRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARj
        PEuC8q5udCmnfeC2vTJEzyz9gdBYfEmqJjqe1Qg1c8hjV7RbRxr9NzDQHez0jkZf
        zws7dKicLwrQxcV33YBao2kwZzAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEw
        CQYDVR0TBAIwADAdBgNVHQ4EFgQUt+OFjparrJ+Wpu6VI9VL6+1R9pgwHwYDVR0j
        BBgwFoAUUDFPVP+KoqTsm9zZxUm2xMfVwCAwCgYIKoZIzj0EAwIDRwAwRAIgBSUR
        WGOsuRWh0Xr0GOoNgc5Aeq71KyBu8+FIHhNTg2oCICeLty7FAHypRUoPcU+kHbAm
        rqx4paLqRL+agHvmFu1z
        -----END CERTIFICATE-----
        """
    static let expiredKey = """
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIFT32x5grIB61LZZH0YpAPOmdNZsj58RcDka588ss9aioAoGCCqGSM49
        AwEHoUQDQgAEYzxLgvKubnQpp33gtr0yRM8s/YHQWHxJqiY6ntUINXPIY1e0W0ca
        /Tcw0B3s9I5GX88LO3SonC8K0MXFd92AWg==
        -----END EC PRIVATE KEY-----
        """
}
